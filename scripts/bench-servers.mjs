// For the benches: a relay that takes everything, and the reference server, both on 127.0.0.1. Run as a program it is the reference.

import { spawn } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { simpleParser } from 'mailparser'
import { SMTPServer } from 'smtp-server'

const listen = (server) => new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server.server.address().port)))

/** A relay that keeps who got what, as text. */
export async function startSink() {
  const mails = []
  const server = new SMTPServer({
    ...{ authOptional: true, disabledCommands: ['AUTH', 'STARTTLS'], disableReverseLookup: true, logger: false },
    onData(stream, session, done) {
      simpleParser(stream).then(({ text }) => {
        mails.push({ to: session.envelope.rcptTo[0].address, text: text ?? '' })
        done()
      }, done)
    },
  })
  server.on('error', () => {})
  const port = await listen(server)
  return { url: `smtp://127.0.0.1:${port}`, mails, dkimCost, close: () => new Promise((resolve) => server.close(resolve)) }
}

/** CPU ms per MB that checking one DKIM signature costs, in this process. */
async function dkimCost(content) {
  const { default: MailComposer } = await import('nodemailer/lib/mail-composer/index.js').catch(
    () => import('nodemailer/dist/esm/mail-composer/index.js'),
  )
  const { authenticate } = await import('mailauth')
  const { dkimSign } = await import('mailauth/lib/dkim/sign.js')
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const raw = await new MailComposer({
    from: 'a@clinic.example',
    to: 'b@intake.example',
    subject: 'x',
    text: 'x',
    attachments: [{ filename: 'a.pdf', content }],
  })
    .compile()
    .build()
  const signed = await dkimSign(raw, {
    signatureData: [{ signingDomain: 'clinic.example', selector: 's', privateKey: privateKey.export({ format: 'pem', type: 'pkcs8' }) }],
  })
  const record = `v=DKIM1; k=rsa; p=${publicKey.export({ format: 'der', type: 'spki' }).toString('base64')}`
  const resolver = async (name, type) => {
    if (type === 'TXT' && name === 's._domainkey.clinic.example') return [[record]]
    throw Object.assign(new Error('none'), { code: 'ENOTFOUND' })
  }
  const whole = Buffer.concat([Buffer.from(signed.signatures), raw])
  const about = { ip: '192.0.2.1', helo: 'x', sender: 'a@clinic.example', mta: 'y', resolver }
  await authenticate(whole, about)
  const before = process.cpuUsage()
  const rounds = 3
  for (let round = 0; round < rounds; round++) await authenticate(whole, about)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000 / rounds / (whole.length / 1e6)
}

/** smtp-server with simpleParser, everything discarded, as its own process. */
export async function startReference() {
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), 'reference'], { stdio: ['ignore', 'pipe', 'inherit'] })
  const port = await new Promise((resolve) => createInterface({ input: child.stdout }).once('line', (line) => resolve(Number(line))))
  return { pid: child.pid, port, close: async () => child.kill() }
}

if (process.argv[2] === 'reference') {
  const server = new SMTPServer({
    ...{ size: 100_000_000, disableReverseLookup: true, logger: false },
    onAuth: (_auth, _session, done) => done(null, { user: 'x' }),
    onData: (stream, _session, done) => {
      simpleParser(stream).then(() => done(), done)
    },
  })
  server.on('error', () => {})
  console.log(await listen(server))
}
