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
  t.strictSame(opened, [join(base, 'a', 'b'), join(base, 'a'), base])
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
