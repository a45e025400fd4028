// In a process of its own: what it does to Object.prototype, it does to all that runs there.

import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import t from 'tap'

const GUARD = new URL(`../../../src/documents/workshop/prototypes.${import.meta.url.slice(-2)}`, import.meta.url).href

async function said(script: string): Promise<unknown> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--input-type=module',
    '--eval',
    `import ${JSON.stringify(GUARD)}; ${script}`,
  ])
  return JSON.parse(stdout)
}

t.test('no name in a document leads to what all objects share', async (t) => {
  const found = await said(`
    const from = (path, value) => { let at = {}; for (const name of path.slice(0, -1)) at = at?.[name] ?? {}; at[path.at(-1)] = value }
    from(['__proto__', 'polluted'], true)
    from(['a', '__proto__', 'polluted'], true)
    const parsed = Object.assign({}, JSON.parse('{"__proto__":{"polluted":true}}'))
    const named = {}; named['__proto__'] = { polluted: true }
    console.log(JSON.stringify([{}.polluted ?? null, parsed.polluted ?? null, named.polluted ?? null, Object.keys(named), Object.getPrototypeOf(named) === Object.prototype]))`)
  t.strictSame(found, [null, null, null, ['__proto__'], true])
})

t.test('a library may still build its classes', async (t) => {
  const found = await said(`
    function Later() {}
    Later.__proto__ = Promise; Later.prototype.__proto__ = Promise.prototype; Later.prototype.done = () => 'done'
    const promise = Promise.resolve(1); promise.__proto__ = Later.prototype
    console.log(JSON.stringify([promise.done(), promise instanceof Promise, typeof Later.resolve]))`)
  t.strictSame(found, ['done', true, 'function'])
})
