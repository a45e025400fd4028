import { access } from 'node:fs/promises'
import t from 'tap'
import { onlyJson, openShell } from './support.js'

const isThere = (path: string) => access(path).then(...[() => true, () => false])

t.test('keys rotate says what it did: in words, and as JSON', async (t) => {
  const shell = await openShell(t)
  await shell.hepoex('admin', 'invite', 'admin@example.org')
  const json = await shell.hepoex('keys', 'rotate', '--json')
  t.match(json, { code: 0, err: '' })
  const said = onlyJson(json)
  t.match(said, { fingerprint: /^[0-9a-f-]{24}$/, wrappingKey: /^[0-9a-f]{8}$/, rows: 1, resumed: false })
  t.equal(said.retired.length, 1)
  const words = await shell.hepoex('keys', 'rotate')
  t.match(words, { code: 0, err: '' })
  t.match(
    words.out,
    new RegExp(`^1 row was sealed anew under key [0-9a-f]{8}; ${said.wrappingKey} has left \\S+service\\.key\nCopy the key file`),
  )
})

t.test('where there is no data there is nothing to rotate, and no key file is made', async (t) => {
  const shell = await openShell(t)
  t.match(await shell.hepoex('keys', 'rotate', '--json'), { code: 1, out: '', err: /^hepoex keys rotate: there is no data in / })
  t.notOk(await isThere(shell.keyFile))
})
