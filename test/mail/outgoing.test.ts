import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { maildirCourier } from '../../src/mail/courier.js'
import { listKept, readKept } from '../../src/mail/outgoing.js'

const mail = (subject: string, date = 'Sun, 22 Nov 2026 10:00:00 +0000') =>
  Buffer.from(
    `From: Operator <postbox@in.example>\r\nTo: pat@home.example\r\nSubject: ${subject}\r\nDate: ${date}\r\n\r\nText of ${subject}\r\n`,
  )

/** A Maildir with these files in `new`, and one beside it that nobody may see. */
async function maildir(t: Test, files: Record<string, Buffer | string>): Promise<string> {
  const folder = t.testdir()
  await mkdir(join(folder, 'new'))
  await writeFile(join(folder, 'secret'), mail('secret'))
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, 'new', name), content)
  return folder
}

t.test('what was handed over is listed and can be read', async (t) => {
  const folder = t.testdir()
  await maildirCourier(folder).hand(mail('Hello'), { from: '', to: 'pat@home.example' })
  const [kept, ...more] = await listKept(folder)
  t.same(more, [])
  t.match(kept, { at: Date.UTC(2026, 10, 22, 10), from: '"Operator" <postbox@in.example>', to: 'pat@home.example', subject: 'Hello' })
  t.match(await readKept(folder, kept?.id ?? ''), { id: kept?.id, subject: 'Hello', text: /^Text of Hello/ })
})

t.test('the newest come first, by their dates', async (t) => {
  const day = (number: number) => `${'Sun,Mon,Tue'.split(',')[number - 22]}, ${number} Nov 2026 10:00:00 +0000`
  const folder = await maildir(t, { '1.a': mail('second', day(23)), '2.b': mail('first', day(24)), '3.c': mail('third', day(22)) })
  t.same(
    (await listKept(folder)).map(({ subject }) => subject),
    ['first', 'second', 'third'],
  )
})

t.test('the two hundred newest are listed; the rest can still be read', async (t) => {
  const files = Object.fromEntries(Array.from({ length: 205 }, (_each, index) => [`${1000 + index}.x`, mail(`m${index}`)]))
  const folder = await maildir(t, files)
  const listed = await listKept(folder)
  t.equal(listed.length, 200)
  t.notOk(listed.some(({ subject }) => subject === 'm4'))
  t.ok(listed.some(({ subject }) => subject === 'm5'))
  t.match(await readKept(folder, '1004.x'), { subject: 'm4' })
})

t.test('a folder that is not there is empty', async (t) => {
  const folder = join(t.testdir(), 'none')
  t.same(await listKept(folder), [])
  t.equal(await readKept(folder, '1.a'), null)
})

t.test('no name leads out of the folder', async (t) => {
  const folder = await maildir(t, { '1.a': mail('inside') })
  await mkdir(join(folder, 'new', 'sub'))
  await writeFile(join(folder, 'new', 'sub', 'x'), mail('deeper'))
  await writeFile(join(folder, 'new', '.hidden'), mail('hidden'))
  const tricks = [
    ...['../secret', '..', '.', '', './1.a', '../new/1.a', 'sub/x', 'sub', '.hidden', '/etc/passwd', `${folder}/secret`, '..\\secret'],
    ...['1.a\0', '1.a/', '%2e%2e/secret', '..%2fsecret', '1.a\n', 'x'.repeat(300), '-', '~'],
  ]
  for (const id of tricks) t.equal(await readKept(folder, id), null, JSON.stringify(id))
  t.same(
    (await listKept(folder)).map(({ subject }) => subject),
    ['inside'],
  )
})

t.test('a broken mail is shown as far as it goes', async (t) => {
  const folder = await maildir(t, { '1.a': Buffer.from([0xff, 0xfe, 0]), '2.b': '' })
  const listed = await listKept(folder)
  t.equal(listed.length, 2)
  for (const kept of listed) t.match(kept, { at: 0, from: '', to: '', subject: '' })
})
