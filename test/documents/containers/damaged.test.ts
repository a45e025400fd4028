import t from 'tap'
import { Random } from '../../fuzz/random.js'
import { tryContainer } from './damaged.js'

const SEED = Number(process.env.SEED ?? 20261126)
const COUNT = Number(process.env.COUNT ?? 1500)
/** A hang is for ever; less may be a busy machine. */
const PATIENCE_MS = 60_000

t.test('no damage makes the opening of a container throw, hang or give too much', async (t) => {
  t.comment(`seed ${SEED}, ${COUNT} of them`)
  for (let number = 0; number < COUNT; number++) {
    const start = performance.now()
    try {
      await tryContainer(new Random(SEED, `container ${number}`))
    } catch (error) {
      t.fail(`number ${number}: ${error}`)
    }
    if (performance.now() - start > PATIENCE_MS) t.fail(`number ${number} took too long`)
  }
  t.pass('all were tried')
})
