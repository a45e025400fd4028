// Certificates that are renewed under the running process, which is told by a signal.

import { once } from 'node:events'
import { connect as connectTls } from 'node:tls'
import t, { type Test } from 'tap'
import { SmtpClient } from '../support/smtp-client.js'
import { type TestTls, testTls } from '../support/tls.js'
import { openShell, serve } from './support.js'

/** The fingerprint that a door shows now. */
async function webFingerprint(port: number): Promise<string> {
  const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  const { fingerprint256 } = socket.getPeerCertificate()
  socket.destroy()
  return fingerprint256
}

async function overTls(t: Test, port: number): Promise<SmtpClient> {
  const client = SmtpClient.connect(port)
  t.teardown(() => client.destroy())
  await client.reply()
  await client.command('EHLO mail.clinic.example')
  await client.command('STARTTLS')
  await client.startTls()
  return client
}

t.test('SIGHUP shows new certificates at both doors; a broken pair changes nothing, and open sessions go on', async (t) => {
  const shell = await openShell(t)
  const write = async ({ cert, key }: TestTls) => ({ cert: await shell.write('cert.pem', cert), key: await shell.write('key.pem', key) })
  const [first, second] = [testTls('127.0.0.1'), testTls('127.0.0.1')]
  const { cert, key } = await write(first)
  const settings = { HEPOEX_TLS_CERT: cert, HEPOEX_TLS_KEY: key, HEPOEX_WEB_TLS_CERT: cert, HEPOEX_WEB_TLS_KEY: key }
  const serving = serve(t, shell, settings, '--json')
  const { smtpPort, webUrl } = JSON.parse(await serving.first)
  const webPort = Number(new URL(webUrl).port)
  const logged = async (pattern: RegExp, times: number) => {
    for (let tries = 0; tries < 800 && serving.err.filter((line) => pattern.test(line)).length < times; tries++)
      await new Promise((resolve) => setTimeout(resolve, 25))
    t.equal(serving.err.filter((line) => pattern.test(line)).length, times, String(pattern))
  }
  await logged(/"certificate-loaded"/, 2)
  const session = await overTls(t, smtpPort)
  t.same([session.fingerprint256, await webFingerprint(webPort)], [first.fingerprint256, first.fingerprint256])

  await write({ ...second, key: first.key })
  serving.child.kill('SIGHUP')
  await logged(/"certificate-unusable"/, 2)
  t.same([(await overTls(t, smtpPort)).fingerprint256, await webFingerprint(webPort)], [first.fingerprint256, first.fingerprint256])

  await write(second)
  serving.child.kill('SIGHUP')
  await logged(/"certificate-loaded"/, 4)
  t.same([(await overTls(t, smtpPort)).fingerprint256, await webFingerprint(webPort)], [second.fingerprint256, second.fingerprint256])
  t.equal((await session.command('EHLO mail.clinic.example')).code, 250)
  serving.child.kill('SIGTERM')
  t.equal(await serving.ended, 0)
})
