// src/LOG.md tells operators every word of the log and every figure there is: it is compared with the code.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import ts from 'typescript'
import { silentLog } from '../src/log.js'
import { createMetrics } from '../src/metrics.js'

const SRC = fileURLToPath(new URL('../src/', import.meta.url))
const doc = readFileSync(join(SRC, 'LOG.md'), 'utf8')

/** The rows of the table below that heading, cells as they stand. */
function rowsBelow(heading: string): string[][] {
  const lines = doc
    .slice(doc.indexOf(`\n${heading}\n`))
    .split('\n')
    .slice(2)
  const from = lines.findIndex((line) => line.startsWith('|'))
  const table = lines.slice(
    from,
    lines.findIndex((line, index) => index > from && !line.startsWith('|')),
  )
  return table.slice(2).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )
}

const wordsIn = (cell = '') => [...cell.matchAll(/`(\w[\w-]*)`/g)].map(([, word = '']) => word)

const events = new Map(rowsBelow('### Events').map(([name, , fields]) => [wordsIn(name)[0] ?? '', fields ?? '']))
const fieldsOf = (event: string): string[] => {
  const said = events.get(event) ?? ''
  return said.startsWith('as ') ? fieldsOf(wordsIn(said)[0] ?? '') : wordsIn(said)
}

const sourceOf = (file: string) => ts.createSourceFile(file, readFileSync(join(SRC, file), 'utf8'), ts.ScriptTarget.Latest, true)

function each(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node)
  ts.forEachChild(node, (child) => each(child, visit))
}

/** The members of a union of words, or the fields of an interface, of log.ts. */
function membersOf(name: string): string[] {
  const found: string[] = []
  each(sourceOf('log.ts'), (node) => {
    if (ts.isTypeAliasDeclaration(node) && node.name.text === name)
      each(node.type, (inner) => ts.isStringLiteral(inner) && found.push(inner.text))
    if (ts.isInterfaceDeclaration(node) && node.name.text === name)
      for (const member of node.members) if (member.name) found.push(member.name.getText())
  })
  return found.sort()
}

/** Words a call of the log may write, and the fields named beside them: `outcomeOf` gives any of the four outcomes. */
function* written(): Generator<{ file: string; names: string[]; fields: string[] }> {
  for (const file of readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))) {
    const calls: ts.CallExpression[] = []
    each(sourceOf(file), (node) => {
      if (ts.isCallExpression(node) && /(^|\.)(#?log|options\.log)\.event$/.test(node.expression.getText())) calls.push(node)
    })
    for (const { arguments: given } of calls) {
      const [first, second] = given
      if (!first) continue
      const names: string[] = []
      if (/^outcomeOf\(/.test(first.getText())) names.push('accepted', 'held', 'rejected', 'deferred')
      else if (ts.isConditionalExpression(first)) {
        for (const way of [first.whenTrue, first.whenFalse]) if (ts.isStringLiteral(way)) names.push(way.text)
      } else if (ts.isStringLiteral(first)) names.push(first.text)
      const fields: string[] = []
      if (second) {
        each(second, (node) => {
          if (ts.isPropertyAssignment(node) || ts.isShorthandPropertyAssignment(node)) fields.push(node.name.getText())
        })
      }
      yield { file, names, fields }
    }
  }
}

t.test('every event of the log is told, and no other', async (t) => {
  t.same([...events.keys()].filter((name) => name !== 'failed').sort(), membersOf('EventName'))
})

t.test('every field of the log is told, and no other', async (t) => {
  t.same(
    rowsBelow('### Fields')
      .map(([name]) => wordsIn(name)[0])
      .sort(),
    membersOf('LogFields'),
  )
})

t.test('every event is written somewhere, with no field that is not told beside it', async (t) => {
  const found = [...written()]
  t.same([...new Set(found.flatMap(({ names }) => names))].sort(), membersOf('EventName'))
  for (const { file, names, fields } of found.filter((call) => call.names.length > 0))
    t.same(
      fields.filter((field) => !names.some((name) => fieldsOf(name).includes(field))),
      [],
      `${names} of ${file}`,
    )
})

t.test('every figure is told with its kind and its labels, and no other', async (t) => {
  const metrics = createMetrics(silentLog)
  for (const outcome of ['accepted'] as const) metrics.log.event(outcome, { reason: 'accepted', bytes: 1, durationMs: 1 })
  metrics.log.event('mailed', { kind: 'receipt' })
  metrics.log.event('code-entered')
  metrics.log.failure('cli', new Error('x'))
  metrics.noteStages({ parse: 1 })
  metrics.noteRelayAnswer('accepted')
  const text = await metrics.render()
  const labelsOf = (name: string) => {
    const [, labels = ''] = new RegExp(`^${name}(?:_count)?\\{(.*)\\}`, 'm').exec(text) ?? []
    return [...labels.matchAll(/(\w+)="/g)].map(([, label]) => label)
  }
  const there = [...text.matchAll(/^# TYPE (hepoex_\w+) (\w+)$/gm)].map(([, name = '', type]) => [name, type, ...labelsOf(name)].join(' '))
  const told = rowsBelow('## The figures').map(([name, type, labels]) => [wordsIn(name)[0], type, ...wordsIn(labels)].join(' '))
  t.same(told.sort(), there.sort())
})
