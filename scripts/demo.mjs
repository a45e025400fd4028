// The main job, end to end, on real files: a clinic mails records, a person opens them. Everything is the real service in a
// throw-away folder: what you see is what a clinic, a person and an operator would see.
//   --once   ends after the check instead of staying up
//   --json   JSON alone on standard output, for programs

import { createHash } from 'node:crypto'
import { mkdtemp, readFile, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { createTransport } from 'nodemailer'
import { openHouse, until } from './house.mjs'
import { sampleDocuments } from './samples.mjs'
import { linksOf, Visitor, wordsOf } from './visitor.mjs'

const SENDER = 'records@clinic.example'
const CONSUMER = 'pat@home.example'
const QUESTION = 'The name of the boat in the story I told my sister?'
const ANSWER = 'The Wandering Albatross'
const BODY = 'Dear patient,\r\n\r\nyour records are attached.\r\n\r\nSample Clinic, records office\r\n'

const once = process.argv.includes('--once')
const json = process.argv.includes('--json')
const say = (text = '') => (json ? process.stderr : process.stdout).write(`${text}\n`)
const started = performance.now()
let lastStep = started

function step(text) {
  const now = performance.now()
  say(`[${((now - started) / 1000).toFixed(1).padStart(5)} s, +${((now - lastStep) / 1000).toFixed(2)} s] ${text}`)
  lastStep = now
}

const quote = (text) =>
  say(
    text
      .trimEnd()
      .split('\n')
      .map((line) => `    | ${line}`)
      .join('\n'),
  )
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex')
const inKilobytes = (bytes) => `${(bytes / 1000).toFixed(1)} kB`

async function register(house, visitor) {
  const asked = await visitor.submit(await visitor.open('/sign-in'), { address: CONSUMER })
  const mail = await until(async () => (await house.mails()).find(({ to }) => to.text === CONSUMER), 'the sign-in mail')
  const link = mail.text.match(/https?:\/\/\S+\/sign-in\/link\/\S+/)?.[0]
  if (asked.status !== 200 || !link) throw new Error('no sign-in link')
  const confirmed = await visitor.submit(await visitor.open(new URL(link).pathname))
  const form = confirmed.url.endsWith('/profile/question') ? confirmed : await visitor.open('/profile/question')
  const set = await visitor.submit(form, { question: QUESTION, answer: ANSWER, again: ANSWER })
  if (set.status !== 200) throw new Error(`the question was not set (${set.status})`)
}

async function send(house, provider, documents) {
  const certificate = await readFile(join(house.folder, 'keys', 'smtp-tls.pem'))
  const transport = createTransport({
    host: '127.0.0.1',
    port: house.smtpPort,
    requireTLS: true,
    auth: { user: provider.smtpUser, pass: provider.smtpPassword },
    // The door's own certificate, and no other.
    tls: { ca: certificate, servername: 'intake.localhost' },
  })
  try {
    return await transport.sendMail({
      from: SENDER,
      to: provider.intakeAddress,
      subject: `${CONSUMER}; records as asked for`,
      text: BODY,
      attachments: documents.map(({ name, mediaType, bytes }) => ({ filename: name, contentType: mediaType, content: bytes })),
    })
  } finally {
    transport.close()
  }
}

async function redeem(visitor, notice) {
  const link = notice.text.match(/https?:\/\/\S+\/open\/\S+/)?.[0]
  const code = notice.text.match(/\d{4} \d{4} \d{4} \d{4}/)?.[0]
  if (!link || !code) throw new Error('the notice has no link or no code')
  const question = await visitor.submit(await visitor.open(new URL(link).pathname), { code })
  if (!wordsOf(question.html).includes(QUESTION)) throw new Error('the question was not asked')
  const records = await visitor.submit(question, { answer: ANSWER })
  if (records.status !== 200 || !records.url.endsWith('/records')) throw new Error('the package did not open')
  return { records, code, number: basename(new URL(link).pathname) }
}

async function download(visitor, records) {
  const links = linksOf(records.html).filter(({ href }) => /^\/records\/documents\/\d+(\?|$)/.test(href))
  const documents = []
  for (const { href } of links) {
    const answer = await visitor.open(href)
    const name = decodeURIComponent(answer.headers.get('content-disposition').match(/filename\*=UTF-8''([^;]+)/)?.[1] ?? '')
    documents.push({ name, sha256: sha256(answer.bytes), bytes: answer.bytes.length })
  }
  return documents
}

const listed = (documents) => documents.map(({ name, sha256: digest }) => ({ name, sha256: digest }))

async function main() {
  say('HePoEx demo: a clinic mails records, a person opens them.\n')
  const house = await openHouse()
  let isStaying = false
  const end = async () => {
    await house.close()
    process.exit(130)
  }
  process.once('SIGINT', end)
  process.once('SIGTERM', end)
  try {
    step(`the service is up: mail door 127.0.0.1:${house.smtpPort}, web door ${house.webUrl}`)
    const added = await house.cli(
      'provider',
      'add',
      '--name',
      'Sample Clinic',
      '--slug',
      'clinic',
      '--sender',
      SENDER,
      '--auth',
      'password',
      '--json',
    )
    if (added.code !== 0) throw new Error(added.err)
    const provider = JSON.parse(added.out)
    step(`the operator registers a provider: ${provider.intakeAddress}`)
    const visitor = new Visitor(house.webUrl)
    await register(house, visitor)
    step(`a person registers on the site as ${CONSUMER}, and chooses a question and an answer`)
    const documents = await sampleDocuments()
    const sent = await send(house, provider, documents)
    const total = documents.reduce((sum, { bytes }) => sum + bytes.length, 0)
    step(`the clinic mails ${documents.length} files (${inKilobytes(total)}), STARTTLS and signed in; the door says:`)
    quote(sent.response)
    const receipt = await until(async () => (await house.mails()).find(({ to }) => to.text === SENDER), 'the receipt')
    step(`the clinic gets its receipt, with ${receipt.attachments[0]?.filename} (${inKilobytes(receipt.attachments[0]?.size ?? 0)}):`)
    quote(receipt.text)
    const notice = (await house.mails()).find(({ to, text }) => to.text === CONSUMER && /\/open\//.test(text))
    if (!notice) throw new Error('there is no notice')
    step('the person gets her notice:')
    quote(notice.text)
    const { records, number } = await redeem(visitor, notice)
    step('she enters the code, then her answer, and has her records')
    const got = await download(visitor, records)
    const wanted = [{ name: 'message.txt', bytes: Buffer.from(BODY) }, ...documents].map(({ name, bytes }) => ({
      name,
      sha256: sha256(bytes),
    }))
    const isSame = JSON.stringify(listed(got)) === JSON.stringify(wanted)
    for (const { name, bytes, sha256: digest } of got)
      say(`    ${name.padEnd(24)} ${inKilobytes(bytes).padStart(9)}  SHA-256 ${digest.slice(0, 16)}…`)
    step(isSame ? 'every document came out byte for byte as it went in' : 'DOCUMENTS DIFFER')
    const sealed = await keepSealedFile(visitor, records)
    step(`the sealed package is a plain age file of ${inKilobytes((await stat(sealed.file)).size)}: age -d ${sealed.file}`)
    say(`    its passphrase: ${sealed.passphrase}`)
    if (json) {
      const intakeNumber = sent.response.match(/\d{8}-[0-9A-Z]{8}/)?.[0]
      const seconds = Number(((performance.now() - started) / 1000).toFixed(2))
      const result = { documents_in: wanted, documents_out: listed(got), sealed_file: sealed.file, passphrase: sealed.passphrase }
      process.stdout.write(`${JSON.stringify({ ...result, intakeNumber, packageNumber: number, seconds })}\n`)
    }
    if (!isSame) process.exitCode = 1
    if (once) return
    isStaying = true
    stayUp(house, notice, number)
  } finally {
    if (!isStaying) {
      process.off('SIGINT', end)
      process.off('SIGTERM', end)
      await house.close()
    }
  }
}

/** The sealed file outlives the demo, in a folder of its own. */
async function keepSealedFile(visitor, records) {
  const answer = await visitor.open('/records/sealed')
  const file = join(await mkdtemp(join(tmpdir(), 'hepoex-demo-')), 'package.age')
  await writeFile(file, answer.bytes, { mode: 0o600 })
  return { file, passphrase: wordsOf(records.html).match(/hepoex1-[a-z2-7]{52}/)?.[0] ?? '' }
}

function stayUp(house, notice, number) {
  say()
  say('Look around (Ctrl-C ends it and removes everything):')
  say(`  the site                 ${house.webUrl}/`)
  say(`  all mails sent so far    ${house.webUrl}/outgoing`)
  say(`  open the package         ${house.webUrl}/open/${number}`)
  say(`    code                   ${notice.text.match(/\d{4} \d{4} \d{4} \d{4}/)?.[0]}`)
  say(`    answer                 ${ANSWER}`)
}

await main()
