import { access, mkdir, readdir, rename, unlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { packageRow } from '../store/support.js'
import { onlyJson, openShell, type Shell } from './support.js'

const isThere = (path: string) => access(path).then(...[() => true, () => false])

/** Data with one provider, and a place for its backup. */
async function withData(shell: Shell): Promise<string> {
  await shell.hepoex('provider', 'add', '--name', 'Sample Clinic', '--sender', 'clinic.example')
  return join(shell.folder, 'backup')
}

t.test('backup says what it did: in words, and as JSON', async (t) => {
  const shell = await openShell(t)
  const target = await withData(shell)
  const said = await shell.hepoex('backup', target)
  t.match(said, { code: 0, err: '' })
  t.match(
    said.out,
    /^0 packages and the database \([\d.]+ MB\) are in \S+\/backup\nThe key file is not\. .+fingerprint ([0-9a-f]{4}-?){5}: keep/,
  )
  const json = await shell.hepoex('backup', `${target}-2`, '--json')
  t.match(json, { code: 0, err: '' })
  t.match(onlyJson(json), { folder: `${target}-2`, packages: 0, missing: [], takenAt: /^2\S+Z$/, keyFingerprint: /^[0-9a-f-]{24}$/ })
  t.notOk((await readdir(target)).some((name) => name.endsWith('.key')))
})

t.test('where there is no data there is nothing to back up, and none is made', async (t) => {
  const shell = await openShell(t)
  t.match(await shell.hepoex('backup', join(shell.folder, 'backup')), {
    code: 1,
    out: '',
    err: /^hepoex backup: there is nothing to back up in /,
  })
  t.strictSame(
    [await isThere(shell.mailboxes), await isThere(shell.keyFile), await isThere(join(shell.folder, 'backup'))],
    [false, false, false],
  )
})

t.test('a folder that is not empty is refused in one line', async (t) => {
  const shell = await openShell(t)
  const target = await withData(shell)
  await mkdir(target)
  await writeFile(join(target, 'x'), '')
  t.match(await shell.hepoex('backup', target, '--json'), {
    code: 1,
    out: '',
    err: /^hepoex backup: \S+ is not empty: name a new folder for each backup\n$/,
  })
})

t.test('a package whose sealed file is gone is told by its id, exit 1, and the rest is backed up', async (t) => {
  const shell = await openShell(t)
  const target = await withData(shell)
  const blobKey = '00000000-0000-4000-8000-000000000000'
  await shell.look((store) => store.write(({ packages }) => packages.add(packageRow({ blobKey }))))
  const said = await shell.hepoex('backup', target, '--json')
  t.equal(said.code, 1)
  t.equal(said.err, 'hepoex backup: package package-1 is not in the backup: its sealed file is gone or damaged in the data itself\n')
  t.match(onlyJson(said), { missing: ['package-1'] })
  t.ok(await isThere(join(target, 'manifest.json')))
})

t.test('restore says what it did and what it put out: in words, and as JSON', async (t) => {
  const shell = await openShell(t)
  const target = await withData(shell)
  await shell.hepoex('admin', 'invite', 'admin@example.org')
  await shell.hepoex('backup', target)
  await rename(shell.mailboxes, `${shell.mailboxes}-old`)
  const json = await shell.hepoex('restore', target, '--json')
  t.match(json, { code: 0, err: '' })
  t.match(onlyJson(json), { mailboxes: shell.mailboxes, packages: 0, dropped: { sessions: 0, signIns: 1, mails: 1 } })
  t.match(onlyJson(await shell.hepoex('provider', 'list', '--json')), [{ name: 'Sample Clinic' }])
  await rename(shell.mailboxes, `${shell.mailboxes}-older`)
  const words = await shell.hepoex('restore', target)
  t.match(words, { code: 0, err: '' })
  t.match(
    words.out,
    /^0 packages and the database .+ every one was checked\nEnded: 0 sessions, .+ 1 sign-in link, 0 passkeys, 0 resets; not sent any more: 1 sign-in mail\n/,
  )
})

t.test('restore refuses in one line: data in the way, no backup, another key file', async (t) => {
  const shell = await openShell(t)
  const target = await withData(shell)
  await shell.hepoex('backup', target)
  const line = (problem: RegExp) => ({ code: 1, out: '', err: new RegExp(`^hepoex restore: ${problem.source}[^\\n]*\\n$`) })
  t.match(await shell.hepoex('restore', target, '--json'), line(/\S+mailboxes is not empty/))
  await rename(shell.mailboxes, `${shell.mailboxes}-old`)
  t.match(await shell.hepoex('restore', shell.folder, '--json'), line(/\S+ has no manifest\.json: it is not a backup/))
  await unlink(shell.keyFile)
  t.match(
    await shell.hepoex('restore', target, '--json'),
    line(/there is no key file at \S+: the backup wants the one with fingerprint [0-9a-f-]{24}/),
  )
  t.strictSame([await isThere(shell.mailboxes), await isThere(shell.keyFile)], [false, false])
})

for (const door of ['SMTP', 'WEB']) {
  t.test(`restore is refused while something answers at the ${door} door`, async (t) => {
    const shell = await openShell(t)
    const target = await withData(shell)
    await shell.hepoex('backup', target)
    await rename(shell.mailboxes, `${shell.mailboxes}-old`)
    const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    t.teardown(() => server.close())
    const address = server.address()
    const port = typeof address === 'object' ? String(address?.port) : ''
    const said = await shell.withSettings({ [`HEPOEX_${door}_PORT`]: port }, 'restore', target)
    t.match(said, { code: 1, out: '' })
    t.equal(said.err, `hepoex restore: something answers on 127.0.0.1:${port} (HEPOEX_${door}_PORT): stop the service first\n`)
    t.notOk(await isThere(shell.mailboxes))
  })
}
