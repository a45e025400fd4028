import t, { type Test } from 'tap'
import { formatPackageNumber } from '../../src/hip/number.js'
import { onlyJson, openShell } from './support.js'

const NUMBER = '7Q4ZK0M2XVBT'

async function shellWithPackage(t: Test, changes = {}) {
  const shell = await openShell(t)
  await shell.look((store) =>
    store.write((tables) =>
      tables.packages.add({
        ...{ id: 'package-1', number: NUMBER, groupId: 'group-1', consumerId: 'consumer-1', providerId: 'provider-1', intakeNumber: 'i-1' },
        ...{ answerVersion: 1, salt: Buffer.alloc(16), verifier: Buffer.alloc(32), pepperId: 'p', state: 'sent', blobKey: null, bytes: 1 },
        ...{ documents: 1, receivedAt: Date.now(), sealedAt: Date.now(), sentAt: Date.now(), expiresAt: Date.now() + 86_400_000 },
        ...{ firstOpenedAt: null, lastOpenedAt: null, endedAt: null, extendedAt: null, remindedDays: null, ...changes },
      }),
    ),
  )
  return shell
}

t.test('package recall takes it back and says what that means', async (t) => {
  const shell = await shellWithPackage(t)
  const said = await shell.hepoex('package', 'recall', formatPackageNumber(NUMBER).toLowerCase(), '--reason', 'wrong-person')
  t.strictSame(said, { code: 0, out: '7Q4Z-K0M2-XVBT is taken back: its code opens nothing any more\n', err: '' })
  t.match(await shell.look((store) => store.read.packages.byNumber(NUMBER)), { state: 'recalled' })
  const again = await shell.hepoex('package', 'recall', NUMBER, '--reason', 'security')
  t.strictSame(again, { code: 1, out: '', err: 'hepoex package recall: it opens nothing any more: it is recalled\n' })
})

t.test('as JSON, with a warning where its code may be on the way', async (t) => {
  const shell = await shellWithPackage(t, { state: 'sealed', sentAt: null })
  const said = await shell.hepoex('package', 'recall', NUMBER, '--reason', 'sender-asked', '--json')
  t.match(said, { code: 0, err: /^It is not known whether its code went out/ })
  t.strictSame(onlyJson(said), { number: NUMBER, packages: 1, reason: 'sender-asked', underway: true })
})

t.test('what was opened is refused, and so is a number that is none', async (t) => {
  const shell = await shellWithPackage(t, { firstOpenedAt: Date.now() })
  const recall = (number: string) => shell.hepoex('package', 'recall', number, '--reason', 'wrong-records')
  t.match(await recall(NUMBER), { code: 1, out: '', err: /was opened already/ })
  t.match(await recall('0000ZZZZ0000'), { code: 1, out: '', err: /there is no such package/ })
  t.match(await recall('four'), { code: 1, out: '', err: /is not a package reference/ })
})

t.test('a reason of one’s own is wrong usage: it might be health data', async (t) => {
  const shell = await shellWithPackage(t)
  t.match(await shell.hepoex('package', 'recall', NUMBER, '--reason', 'flu'), { code: 2, out: '', err: /--reason takes wrong-person, / })
  t.match(await shell.hepoex('package', 'recall', NUMBER), { code: 2, out: '', err: /--reason is missing/ })
})
