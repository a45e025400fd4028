import { createHash } from 'node:crypto'
import { access } from 'node:fs/promises'
import t from 'tap'
import { enrol } from '../support/desk.js'
import { PDF, type RawMessage, rawMessage } from '../support/raw.js'
import { onlyJson, openShell, type Shell } from './support.js'

const sha256 = (content: Buffer | string) => createHash('sha256').update(content).digest('hex')

async function inspect(shell: Shell, message: RawMessage | Buffer, ...more: string[]) {
  const file = await shell.write('a.eml', Buffer.isBuffer(message) ? message : rawMessage(message))
  return onlyJson(await shell.hepoex('inspect', file, '--json', ...more))
}

t.test('a good message is told in the shape that is promised, its documents in order', async (t) => {
  const shell = await openShell(t)
  t.same(await inspect(shell, { body: 'See the file.\r\n' }), {
    from: 'records@clinic.example',
    subject: { ids: ['pat@home.example'] },
    documents: [
      { name: 'message.txt', mediaType: 'text/plain', bytes: 15, sha256: sha256('See the file.\r\n'), origin: 'mime', part: '1' },
      { name: 'summary.pdf', mediaType: 'application/pdf', bytes: PDF.length, sha256: sha256(PDF), origin: 'mime', part: '2' },
    ],
    disposition: { outcome: 'accepted', reason: 'accepted', reply: (await inspect(shell, {})).disposition.reply },
    notes: [],
  })
  t.match((await inspect(shell, {})).disposition.reply, /^250 2\.6\.0 \S/)
})

t.test('it needs no data folder and makes none', async (t) => {
  const shell = await openShell(t)
  await inspect(shell, {})
  await t.rejects(access(shell.mailboxes))
  await t.rejects(access(shell.keyFile))
})

const REFUSED: Array<[string, RawMessage | Buffer, string, RegExp]> = [
  ['nothing attached', { parts: [] }, 'no-documents', /^554 5\.6\.1 /],
  ['two From addresses', { from: 'a@b.example, c@d.example' }, 'two-from', /^554 5\.6\.0 /],
  ['an automatic reply', { headers: ['Auto-Submitted: auto-replied'] }, 'auto-reply', /^550 5\.7\.1 /],
  ['nothing but a few bytes', Buffer.from('\r\n\r\n'), 'malformed-message', /^554 5\.6\.0 /],
]

for (const [what, message, reason, reply] of REFUSED) {
  t.test(`${what} is told as refused, and exit is 0 all the same`, async (t) => {
    const shell = await openShell(t)
    const file = await shell.write('a.eml', Buffer.isBuffer(message) ? message : rawMessage(message))
    const said = await shell.hepoex('inspect', '--json', file)
    t.match(said, { code: 0, err: '' })
    t.match(onlyJson(said), { disposition: { outcome: 'rejected', reason, reply } })
  })
}

t.test('lost content is noted with its part and reason', async (t) => {
  const shell = await openShell(t)
  const cut = rawMessage().subarray(0, rawMessage().indexOf('--b1--'))
  const told = await inspect(shell, cut)
  t.match(told.disposition, { outcome: 'rejected', reason: /^(malformed-message|truncated-part)$/ })
  t.ok(told.notes.length > 0)
  for (const note of told.notes) {
    t.same(Object.keys(note), ['part', 'reason'])
    t.match(note.reason, /^(malformed-message|truncated-part)$/)
  }
})

t.test('what was recovered is told apart from what is lost, and the message is accepted', async (t) => {
  const shell = await openShell(t)
  const padded = Buffer.from(rawMessage().toString('latin1').replaceAll('--b1\r\n', '--b1 \t\r\n'), 'latin1')
  const told = await inspect(shell, padded)
  t.match(told, { disposition: { outcome: 'accepted' }, notes: [], recovered: [{ part: '', detail: 'boundary-padding' }] })
  t.equal(told.documents.length, 2)
  const file = await shell.write('b.eml', padded)
  t.match((await shell.hepoex('inspect', file)).out, /recovered message {2}boundary-padding/)
})

t.test('what cannot be parsed at all has nobody and no documents', async (t) => {
  const shell = await openShell(t)
  const told = await inspect(shell, Buffer.concat([Buffer.from('Subject: '), Buffer.alloc(4_000_000, 'x'), Buffer.from('\r\n\r\n')]))
  t.match(told, { from: null, subject: { ids: [] }, documents: [], notes: [{ part: '', reason: 'malformed-message' }] })
  t.match(told.disposition, { outcome: 'rejected', reason: 'malformed-message', reply: /^554 5\.6\.0 / })
})

t.test('no id and two ids are shown, not judged: whose they are is asked with --provider', async (t) => {
  const shell = await openShell(t)
  t.match(await inspect(shell, { subject: 'records' }), { subject: { ids: [] }, disposition: { outcome: 'accepted' } })
  const two = await inspect(shell, { subject: 'RE: Pat@Home.example or lee@home.example, pat@home.example' })
  t.same(two.subject, { ids: ['pat@home.example', 'lee@home.example'] })
})

t.test('many files give a line each, in their order', async (t) => {
  const shell = await openShell(t)
  const files = [await shell.write('a.eml', rawMessage()), await shell.write('b.eml', rawMessage({ parts: [] }))]
  const said = await shell.hepoex('inspect', '--json', ...files, files[0] ?? '')
  t.match(said, { code: 0, err: '' })
  const lines = said.out.trimEnd().split('\n')
  t.same(
    lines.map((line) => JSON.parse(line).disposition.reason),
    ['accepted', 'no-documents', 'accepted'],
  )
})

t.test('a file that cannot be read: exit 1 and a line about it, and the others are told', async (t) => {
  const shell = await openShell(t)
  const file = await shell.write('a.eml', rawMessage())
  for (const missing of [`${shell.folder}/none.eml`, shell.folder]) {
    const said = await shell.hepoex('inspect', '--json', missing, file)
    t.same([said.code, said.err], [1, `hepoex inspect: cannot read ${missing}\n`])
    t.equal(onlyJson(said).from, 'records@clinic.example')
  }
})

t.test('without --json it is told in words', async (t) => {
  const shell = await openShell(t)
  const file = await shell.write('a.eml', rawMessage())
  const { out } = await shell.hepoex('inspect', file)
  t.ok(out.startsWith(`${file}\n`))
  for (const word of ['records@clinic.example', 'pat@home.example', 'application/pdf', 'summary.pdf', 'accepted'])
    t.ok(out.includes(word), word)
})

async function withClinic(shell: Shell, ...more: string[]) {
  await shell.hepoex('provider', 'add', '--name', 'Sample Clinic', '--slug', 'clinic', '--sender', 'records@clinic.example', ...more)
  await shell.look((store) => enrol(store, 'pat@home.example', 1))
}

const JUDGED: Array<[string, RawMessage, string]> = [
  ['a registered sender and consumer', {}, 'accepted'],
  ['an unregistered sender', { from: 'other@clinic.example' }, 'sender-not-registered'],
  ['no id', { subject: 'records' }, 'no-id'],
  ['two ids', { subject: 'pat@home.example lee@home.example' }, 'two-ids'],
  ['an unknown consumer', { subject: 'lee@home.example' }, 'consumer-unknown'],
  ['nothing attached', { parts: [] }, 'no-documents'],
]

for (const [what, message, reason] of JUDGED) {
  t.test(`--provider judges sender and consumer too: ${what}`, async (t) => {
    const shell = await openShell(t)
    await withClinic(shell)
    t.equal((await inspect(shell, message, '--provider', 'Clinic')).disposition.reason, reason)
  })
}

t.test('an unknown provider is refused before any file is looked at', async (t) => {
  const shell = await openShell(t)
  const said = await shell.hepoex('inspect', '--json', '--provider', 'none', await shell.write('a.eml', 'x'))
  t.match(said, { code: 1, out: '', err: /^hepoex inspect: there is no provider with that slug: .+list.+\n$/ })
})
