// A backup, a rotation of the keys and a restore, all of them processes of their own beside a service that runs: what was sealed before
// opens after, what was deleted stays deleted, and the backup holds neither the key file nor a code.

import { randomBytes } from 'node:crypto'
import { cp, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { createTransport } from 'nodemailer'
import t, { type Test } from 'tap'
import { type House, openHouse, until } from '../../scripts/house.mjs'
import { linksOf, Visitor, wordsOf } from '../../scripts/visitor.mjs'

// Two dozen processes: on a busy machine each takes seconds to start.
t.setTimeout(900_000)

const PERSON = 'pat@home.example'
const SENDER = 'records@clinic.example'
const QUESTION = 'Whose boat is in the story?'
const ANSWER = 'The Wandering Albatross'

interface Street {
  readonly house: House
  readonly backup: string
  /** Mails one document and gives the code and place of its package. */
  readonly send: (content: Buffer) => Promise<{ path: string; code: string }>
  /** The browser she registered with, still signed in. */
  readonly signedIn: Visitor
}

async function openStreet(t: Test): Promise<Street> {
  // The runner's own options would make every process write down what it ran.
  const house = await openHouse({ env: { NODE_OPTIONS: '' } })
  t.teardown(() => house.close())
  const added = await house.cli(
    ...['provider', 'add', '--name', 'Sample Clinic', '--slug', 'clinic', '--sender', SENDER, '--auth', 'password', '--json'],
  )
  const provider = JSON.parse(added.out)
  const signedIn = new Visitor(house.webUrl)
  await signedIn.submit(await signedIn.open('/sign-in'), { address: PERSON })
  const mail = await until(async () => (await house.mails()).find(({ text }) => /\/sign-in\/link\//.test(text ?? '')), 'the sign-in mail')
  await signedIn.submit(await signedIn.open(mail.text?.match(/\/sign-in\/link\/[\w-]+/)?.[0] ?? ''))
  await signedIn.submit(await signedIn.open('/profile/question'), { question: QUESTION, answer: ANSWER, again: ANSWER })
  const send = async (content: Buffer) => {
    const before = new Set((await noticesOf(house)).map(({ code }) => code))
    const transport = createTransport({
      ...{ host: '127.0.0.1', port: house.smtpPort, requireTLS: true, tls: { rejectUnauthorized: false } },
      auth: { user: provider.smtpUser, pass: provider.smtpPassword },
    })
    const attachments = [{ filename: 'scan.pdf', contentType: 'application/pdf', content }]
    await transport.sendMail({ from: SENDER, to: provider.intakeAddress, subject: PERSON, text: 'See the file.', attachments })
    transport.close()
    const [notice] = (await noticesOf(house)).filter(({ code }) => !before.has(code))
    if (!notice) throw new Error('no notice')
    return notice
  }
  return { house, backup: join(house.folder, 'backup'), send, signedIn }
}

async function noticesOf(house: House) {
  return (await house.mails()).flatMap(({ text = '' }) => {
    const [path, code] = [text.match(/\/open\/\w+/)?.[0], text.match(/\d{4} \d{4} \d{4} \d{4}/)?.[0]]
    return path && code ? [{ path, code }] : []
  })
}

/** As far as code and answer lead. */
async function redeem(house: House, { path, code }: { path: string; code: string }) {
  const visitor = new Visitor(house.webUrl)
  const page = await visitor.submit(await visitor.open(path), { code })
  if (!wordsOf(page.html).includes(QUESTION)) return { visitor, page }
  return { visitor, page: await visitor.submit(page, { answer: ANSWER }) }
}

/** What she downloads as the document after the message itself. */
async function documentOf(house: House, notice: { path: string; code: string }): Promise<Buffer> {
  const { visitor, page } = await redeem(house, notice)
  const hrefs = linksOf(page.html).filter(({ href }) => /\/records\/documents\/1(\?|$)/.test(href))
  return (await visitor.open(hrefs[0]?.href ?? '')).bytes
}

const scan = () => Buffer.concat([Buffer.from('%PDF-1.4\n'), randomBytes(100_000), Buffer.from('\n%%EOF\n')])
const keyFileOf = (house: House) => house.environment.HEPOEX_KEY_FILE ?? ''
const blobsIn = async (folder: string) => (await readdir(folder, { recursive: true })).filter((name) => /[0-9a-f-]{36}$/.test(name))

t.test('what was sealed before a backup opens after its restore, what was deleted stays deleted, and nobody stays signed in', async (t) => {
  const { house, backup, send, signedIn } = await openStreet(t)
  const [kept, content] = [scan(), scan()]
  const first = await send(kept)
  const gone = await send(content)
  const { visitor } = await redeem(house, gone)
  await visitor.submit(await visitor.open('/records/delete'))
  const { visitor: reader, page } = await redeem(house, first)
  t.match(page.url, /\/records$/)

  const said = await house.cli('backup', backup, '--json')
  t.match(said, { code: 0, err: '' })
  const report = JSON.parse(said.out)
  t.match(report, { folder: backup, packages: 1, missing: [] })
  t.equal((await blobsIn(backup)).length, 1, 'exactly what the snapshot names')

  const late = await send(scan())
  await house.stop()
  await rename(house.mailboxes, `${house.mailboxes}-lost`)
  const keyFile = keyFileOf(house)
  await rename(keyFile, `${keyFile}.away`)
  const refused = await house.cli('restore', backup, '--json')
  t.match(refused, { code: 1, out: '' })
  t.ok(refused.err.includes(report.keyFingerprint), 'it says which key file is wanted')
  await rename(`${keyFile}.away`, keyFile)
  const restored = await house.cli('restore', backup, '--json')
  t.match(restored, { code: 0, err: '' })
  t.match(JSON.parse(restored.out), { packages: 1, missing: [], dropped: { sessions: 1, openings: 1 } })

  await house.start()
  t.ok((await documentOf(house, first)).equals(kept), 'byte for byte')
  t.match(wordsOf((await redeem(house, gone)).page.html), /deleted|removed/i)
  t.notMatch((await redeem(house, late)).page.url, /\/records$/, 'what came after the backup is not in it')
  signedIn.origin = house.webUrl
  reader.origin = house.webUrl
  t.match((await signedIn.open('/profile')).url, /\/sign-in/)
  t.not((await reader.open('/records')).status, 200, 'what was open is closed')
  t.match(await house.cli('doctor'), { code: 0 })
  const again = await send(scan())
  t.match((await redeem(house, again)).page.url, /\/records$/, 'and mail is taken on')
})

t.test('a backup holds no key, no code, no mail of the trying-out folder, and nothing that others may read', async (t) => {
  const { house, backup, send } = await openStreet(t)
  const { code } = await send(scan())
  t.match(await house.cli('backup', backup), { code: 0 })
  const entries = await readdir(backup, { recursive: true })
  t.notOk(entries.some((name) => /outgoing|\.key$|\.pem$/.test(name)))
  const keys: string[] = [...(await readFile(keyFileOf(house), 'utf8')).matchAll(/"key": "([^"]+)"/g)].map(([, key = '']) => key)
  t.equal(keys.length, 4)
  const needles = [...keys, code, code.replaceAll(' ', ''), ANSWER, QUESTION].map((text) => Buffer.from(text))
  for (const key of keys) needles.push(Buffer.from(key, 'base64'))
  for (const name of entries) {
    const about = await stat(join(backup, name))
    t.equal(about.mode & 0o077, 0, name)
    if (!about.isFile()) continue
    const bytes = await readFile(join(backup, name))
    t.equal(needles.filter((needle) => bytes.includes(needle)).length, 0, basename(name))
  }
})

t.test('keys rotated beside a running service: everything opens without a restart, and after one', async (t) => {
  const { house, backup, send, signedIn } = await openStreet(t)
  const [before, after] = [scan(), scan()]
  const first = await send(before)
  await cp(keyFileOf(house), `${keyFileOf(house)}.old`)
  t.match(await house.cli('backup', backup), { code: 0 })
  const rotated = await house.cli('keys', 'rotate', '--json')
  t.match(rotated, { code: 0, err: '' })
  const { wrappingKey, retired } = JSON.parse(rotated.out)
  const text = await readFile(keyFileOf(house), 'utf8')
  t.ok(text.includes(wrappingKey) && !text.includes(retired[0]))
  t.ok((await documentOf(house, first)).equals(before))
  const second = await send(after)
  t.ok((await documentOf(house, second)).equals(after), 'sealed under an answer key that was sealed anew')
  const asked = await signedIn.submit(await signedIn.open('/profile/question'), {
    ...{ presentAnswer: ANSWER, question: 'Another boat in another story?', answer: 'The Restless Petrel', again: 'The Restless Petrel' },
  })
  t.equal(asked.status, 200, 'a new question is sealed under the new key')
  await house.stop()
  await house.start()
  t.ok((await documentOf(house, second)).equals(after))
  t.equal(house.log.filter((line) => line.includes('"failed"')).length, 0)

  await house.stop()
  await rm(house.mailboxes, { recursive: true })
  t.match(await house.cli('restore', backup), { code: 1, err: /lacks key [0-9a-f]{8}: its keys were rotated/ })
  await rename(`${keyFileOf(house)}.old`, keyFileOf(house))
  t.match(await house.cli('restore', backup), { code: 0 })
  await house.start()
  t.ok((await documentOf(house, first)).equals(before), 'a backup of before wants the key file of before, and opens with it')
})
