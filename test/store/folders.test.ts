import * as nodeFiles from 'node:fs/promises'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { makeFolder } from '../../src/store/folders.js'

/** The real file functions, noting which folders are opened, as they are to be synced. */
function noting(opened: string[]) {
  const open = (...parameters: Parameters<typeof nodeFiles.open>) => {
    opened.push(String(parameters[0]))
    return nodeFiles.open(...parameters)
  }
  return { ...nodeFiles, open }
}

t.test('every folder that holds a new one is synced', async (t) => {
  const base = t.testdir()
  const opened: string[] = []
  await makeFolder(join(base, 'a', 'b', 'c'), noting(opened))
  t.strictSame(opened, [base, join(base, 'a'), join(base, 'a', 'b')])
  t.equal((await stat(join(base, 'a', 'b'))).mode & 0o777, 0o700)
})

t.test('a folder that exists stays as it is', async (t) => {
  const base = t.testdir({ a: {} })
  const opened: string[] = []
  const before = (await stat(join(base, 'a'))).mode
  await makeFolder(join(base, 'a'), noting(opened))
  t.strictSame(opened, [])
  t.equal((await stat(join(base, 'a'))).mode, before)
})

t.test('where nothing can be made it says so, and does not try for ever', async (t) => {
  // Some file systems say ENOENT below a folder that is there (/proc, automounted ones); a file on the way is ENOTDIR.
  const mkdir = (async (path: string, { recursive = false }: { recursive?: boolean } = {}) => {
    const isThere = path === '/' || path === '/mount'
    if (recursive && isThere) return undefined
    if (recursive) throw new Error('there Node goes round for ever')
    throw Object.assign(new Error('mkdir'), { code: isThere ? 'EEXIST' : 'ENOENT' })
  }) as unknown as typeof nodeFiles.mkdir
  await t.rejects(makeFolder('/mount/a/b', { ...nodeFiles, mkdir }), { code: 'ENOENT' })
  const base = t.testdir({ file: 'x' })
  await t.rejects(makeFolder(join(base, 'file')), { code: 'EEXIST' })
  await t.rejects(makeFolder(join(base, 'file', 'a')), { code: 'ENOTDIR' })
})
