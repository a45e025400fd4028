// The admins' overview: what needs them first, and numbers that say the same in the chart and in the table.

import { type DefaultTreeAdapterMap, parse } from 'parse5'
import t from 'tap'
import { outcomeOf, REASONS } from '../../src/intake/disposition.js'
import { CHART } from '../../src/web/bars.js'
import { NOW, newWorld, signedIn, t as text, type World, webServer } from './fakes.js'

type Node = DefaultTreeAdapterMap['node']

function adminWorld(): World {
  const world = newWorld()
  if (world.account) world.account = { ...world.account, role: 'admin', postboxNumber: null }
  return world
}

const pageOf = async (world: World) => (await (await signedIn(await webServer(world))).get('/admin')).payload

function find(node: Node, name: string): Node[] {
  const below = 'childNodes' in node ? node.childNodes.flatMap((child) => find(child, name)) : []
  return node.nodeName === name ? [node, ...below] : below
}

const wordsOf = (node: Node): string =>
  'value' in node ? node.value : 'childNodes' in node ? node.childNodes.map(wordsOf).join(' ').replace(/\s+/g, ' ').trim() : ''
const attribute = (node: Node, name: string) => ('attrs' in node ? (node.attrs.find((each) => each.name === name)?.value ?? '') : '')
const tableOf = (page: Node, caption: string) => find(page, 'table').find((each) => wordsOf(each).startsWith(caption))
const rowsOf = (table: Node | undefined) =>
  table ? find(table, 'tr').map((row) => [...find(row, 'th'), ...find(row, 'td')].map((cell) => wordsOf(cell))) : []

t.test('what needs an admin comes first, each with the way to it', async (t) => {
  const page = parse(await pageOf(adminWorld()))
  const items = find(page, 'ol').flatMap((list) => find(list, 'li'))
  t.same(
    items.map((item) => [wordsOf(item).slice(0, 40), find(item, 'a').map((link) => attribute(link, 'href'))[0] ?? null]),
    [
      ['Relay: relay.example.org:25 does not ans', '#health-relay'],
      ['2 messages are held, the oldest since No', '/admin/held'],
      ['1 mail of ours was given up, on November', null],
      ['1 notice came back, on November 21, 2026', '/admin/log'],
      ['5 packages that nobody has opened expire', '#packages'],
    ],
  )
  for (const id of ['health-relay', 'packages']) t.match(await pageOf(adminWorld()), new RegExp(`id="${id}"`))
})

t.test('when nothing does, it says so; but not before every check has answered', async (t) => {
  const world = adminWorld()
  world.overview = { ...world.overview, attention: [], health: world.overview.health.filter(({ state }) => state === 'ok') }
  t.match(await pageOf(world), 'Nothing needs you.')
  world.overview = { ...world.overview, health: [{ about: 'dns', state: 'open', says: 'checking' }] }
  const page = await pageOf(world)
  t.notMatch(page, 'Nothing needs you.')
  t.match(page, 'Some checks have not answered yet')
})

t.test('no number in a chart differs from the table beside it', async (t) => {
  const world = adminWorld()
  const page = parse(await pageOf(world))
  const [head = [], ...rows] = rowsOf(tableOf(page, 'Messages of each day'))
  const charts = find(page, 'figure')
  t.equal(charts.length, 4)
  for (const chart of charts) {
    const [name = ''] = wordsOf(find(chart, 'figcaption')[0] ?? chart).split(':')
    const column = head.indexOf(name)
    t.ok(column > 0, `${name} is a column`)
    // The table has the newest first, and the name of its column before each value, for phones.
    const inTable = rows.map((row) => [row[0]?.replace(/^\D*/, ''), row[column]?.replace(/^\D*/, '')]).reverse()
    const bars = find(chart, 'rect')
    t.same(
      bars.map((bar) => wordsOf(bar).split(': ')),
      inTable,
      name,
    )
    const numbers = inTable.map(([, number = '']) => Number(number.replaceAll(',', '')))
    const most = Math.max(...numbers)
    for (const [index, bar] of bars.entries()) {
      const height = Number(attribute(bar, 'height'))
      t.ok(Math.abs(height - ((numbers[index] ?? 0) / most) * CHART.height) < 2, `${name}: as high as its number`)
      t.ok(Math.abs(Number(attribute(bar, 'y')) + height - CHART.height) < 0.02, `${name}: stands on the ground`)
    }
    const [, sum, highest] = /: ([\d,]+) in 30 days, at most ([\d,]+) a day/.exec(wordsOf(find(chart, 'figcaption')[0] ?? chart)) ?? []
    t.equal(
      Number(sum?.replaceAll(',', '')),
      numbers.reduce((one, other) => one + other, 0),
      `${name}: the sum of its bars`,
    )
    t.equal(Number(highest?.replaceAll(',', '')), most)
  }
})

t.test('today and thirty days', async (t) => {
  const rows = rowsOf(tableOf(parse(await pageOf(adminWorld())), 'What became of messages'))
  t.same(rows[0], ['What became of them', 'Today', '30 days'])
  t.same(rows[1], ['Accepted', '291', '4,380'])
  t.same(rows[3], ['Refused', '2,291', '64,380'])
  t.equal(rows.length, 8)
})

t.test('a chart is a picture with a name, and draws nothing that a policy forbids', async (t) => {
  const page = await pageOf(adminWorld())
  const drawings = find(parse(page), 'svg').filter(
    (each) => attribute(each, 'role') === 'img' && attribute(each, 'class').startsWith('hpx'),
  )
  t.equal(drawings.length, 4)
  for (const drawing of drawings) {
    const id = attribute(drawing, 'aria-labelledby')
    const title = find(drawing, 'title').find((each) => attribute(each, 'id') === id)
    t.match(title && wordsOf(title), /, day by day\. The table has the numbers\./)
  }
  t.notMatch(page, /<style|\sstyle=/)
})

t.test('without any message the charts are flat, and nothing is divided by nothing', async (t) => {
  const world = adminWorld()
  const none = { accepted: 0, held: 0, rejected: 0, deferred: 0, repeated: 0, bounced: 0, other: 0 }
  const opening = { sent: 0, opened: 0, median: null, ninth: null }
  const days = world.overview.days.map(({ start }) => ({ start, ...none }))
  world.overview = { ...world.overview, days, today: none, month: none, reasons: [], opening }
  const page = await pageOf(world)
  t.notMatch(page, /NaN|Infinity|null|undefined/)
  t.match(page, 'Every message of these 30 days was taken on.')
  t.match(page, '0 (0 %)')
  for (const bar of find(parse(page), 'rect')) t.equal(attribute(bar, 'height'), '0')
})

t.test('each reason not to take a message on has words, and no other has', async (t) => {
  const world = adminWorld()
  const reasons = REASONS.filter((reason) => outcomeOf(reason) !== 'accepted')
  world.overview = { ...world.overview, reasons: reasons.map((reason) => ({ outcome: 'rejected', reason, today: 1, month: 1 })) }
  const page = await pageOf(world)
  for (const reason of reasons) t.match(page, text(`overview.reasons.${reason}`).replace(/'/g, '&#39;'), reason)
})

t.test('a reason that an older version had is shown as it is, and so is nothing that looks like markup', async (t) => {
  const world = adminWorld()
  world.overview = { ...world.overview, reasons: [{ outcome: 'rejected', reason: '<b>was-once', today: 1, month: 1 }] }
  t.match(await pageOf(world), '&lt;b&gt;was-once')
})

t.test('times are in words, and say how many were opened', async (t) => {
  const page = await pageOf(adminWorld())
  for (const words of ['5 hours', '6 days', '987 (79 %)', '1,234']) t.match(page, words)
  t.match(page, `As of ${text('web.words.utc', { time: 'November 22, 2026 at 2:05 PM' })}`)
  t.equal(NOW, Date.UTC(2026, 10, 22, 14, 5))
})
