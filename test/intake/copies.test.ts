// Which documents get a readable copy, and what is said of those that don't. The workshop is a fake.

import t from 'tap'
import { collect } from '../../src/intake/collect.js'
import { type Copies, makeCopies } from '../../src/intake/copies.js'
import type { Part } from '../../src/mail/envelope.js'
import { type FakeWorkshop, fakeWorkshop } from '../support/bench.js'
import { messageOf, partOf } from './message.js'

const ABOUT = {
  ...{ language: 'en', providerName: 'Sample Clinic', receivedAt: 0, intakeNumber: '20261122-ABCDEFGH', packageNumber: 'ABCDEFGHJKMN' },
  authenticated: { method: 'network', domain: null },
} as const

const PDF = Buffer.from('%PDF-1.7 made')
const PNG = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')

const good = {
  copy: ({ mediaType }: { mediaType: string }) => {
    if (mediaType === 'text/html') return { kind: 'html', html: Buffer.from('<p>') }
    return { kind: 'pages', pdf: PDF, pages: 2 }
  },
  assemble: ({ items }: { items: Array<{ pages: number }> }) => {
    let next = 2
    const firstPages = items.map(({ pages }) => {
      next += pages
      return next - pages
    })
    return { pdf: PDF, pages: next - 1, firstPages }
  },
  thumbnail: () => PNG,
}

async function copiesOf(workshop: FakeWorkshop, parts: readonly Part[], titles?: readonly string[]): Promise<Copies> {
  const documents = await collect(messageOf({ parts }))
  if ('reason' in documents) throw new Error(documents.reason)
  return makeCopies(workshop, documents, ABOUT, titles)
}

const BODY = partOf('Dear Pat', { part: '1', role: 'body', mediaType: 'text/plain' })
const SCAN = partOf('scan', { part: '2', sentName: 'scan.bin' })
const PAGE = partOf('<!doctype html><html><p>x', { part: '3', mediaType: 'text/html', sentName: 'page.html' })

t.test('what has pages goes into one PDF, structured text has a page of its own, files have pictures', async (t) => {
  const shop = fakeWorkshop(good)
  const { made, thumbnails, records } = await copiesOf(shop, [BODY, SCAN, PAGE])
  t.match(made, [{ kind: 'pages', first: 2, count: 2 }, { kind: 'pages', first: 4, count: 2 }, { kind: 'html' }])
  t.same(thumbnails, [null, PNG, null], 'the message’s own text needs none')
  t.match(records, { pages: 5 })
  t.match(shop.asked.find(({ job }) => job === 'assemble')?.input, {
    items: [{ name: 'message.txt' }, { name: 'scan.bin' }],
    asHtml: ['page.html'],
    asSent: [],
    providerName: 'Sample Clinic',
  })
})

t.test('copies are headed with what the documents are called', async (t) => {
  const shop = fakeWorkshop(good)
  await copiesOf(shop, [BODY, SCAN, PAGE], ['Message from the provider', 'scan.bin', 'Summary'])
  const asked = shop.asked.filter(({ job }) => job === 'copy').map(({ input }) => input)
  t.match(asked, [{ title: 'Message from the provider' }, { title: 'scan.bin' }, { title: 'Summary' }])
  t.match(shop.asked.find(({ job }) => job === 'assemble')?.input, {
    items: [{ name: 'Message from the provider' }, { name: 'scan.bin' }],
    asHtml: ['Summary'],
  })
})

t.test('a copy that fails is said to be missing, and why; the others are made all the same', async (t) => {
  const reasons = ['time', 'memory', 'crashed', 'protected', 'damaged', 'too-big', 'too-many-pages', 'no-converter'] as const
  for (const reason of reasons) {
    const shop = fakeWorkshop({
      ...good,
      copy: ({ mediaType }: { mediaType: string }) => {
        if (mediaType !== 'text/html') return good.copy({ mediaType })
        throw { reason }
      },
    })
    const { made } = await copiesOf(shop, [SCAN, PAGE])
    t.match(made, [{ kind: 'pages' }, { kind: 'as-sent', reason }])
  }
})

t.test('without records.pdf nothing claims to be in it', async (t) => {
  for (const assemble of [
    undefined,
    () => ({ pdf: Buffer.from('no'), pages: 5, firstPages: [2] }),
    () => ({ pdf: PDF, pages: 5, firstPages: [9] }),
  ]) {
    const { made, records } = await copiesOf(fakeWorkshop({ ...good, ...(assemble ? { assemble } : { assemble: () => null }) }), [SCAN])
    t.equal(records, null)
    t.same(made, [{ kind: 'as-sent', reason: 'crashed' }])
  }
})

t.test('a worker’s nonsense is no copy, and no picture', async (t) => {
  const answers: unknown[] = [
    null,
    'pages',
    { kind: 'pages', pdf: 'text', pages: 1 },
    { kind: 'pages', pdf: PDF, pages: 0 },
    { kind: 'html', html: Buffer.alloc(0) },
  ]
  for (const answer of answers) {
    const { made } = await copiesOf(fakeWorkshop({ ...good, copy: () => answer }), [SCAN])
    t.same(made, [{ kind: 'as-sent', reason: 'crashed' }])
  }
  const { thumbnails } = await copiesOf(fakeWorkshop({ ...good, thumbnail: () => Buffer.from('<svg>') }), [SCAN])
  t.same(thumbnails, [null])
})

t.test('copies that are too big together are left out, the later ones', async (t) => {
  const big = Buffer.concat([PDF, Buffer.alloc(60_000_000)])
  const shop = fakeWorkshop({ ...good, copy: () => ({ kind: 'pages', pdf: big, pages: 1 }) })
  const { made } = await copiesOf(shop, [SCAN, SCAN])
  t.match(made, [{ kind: 'pages' }, { kind: 'as-sent', reason: 'too-big' }])
})

t.test('of a mail that was opened its head is copied; an empty file has no copy', async (t) => {
  const shop = fakeWorkshop(good)
  const mail = 'From: a@b.example\r\nDate: x\r\nContent-Type: text/csv; name=a.csv\r\n\r\na,b'
  const { made } = await copiesOf(shop, [partOf(mail, { mediaType: 'message/rfc822' }), partOf('', { part: '3' })])
  t.match(made, [{ kind: 'pages' }, { kind: 'pages' }, null])
  t.match(shop.asked[0]?.input, { bytes: Buffer.from('From: a@b.example\nDate: x') }, 'of a mail, who wrote it')
})

t.test('the pictures of a mail go to its HTML text, bounded', async (t) => {
  const shop = fakeWorkshop(good)
  const picture = partOf(PNG, { part: '2', mediaType: 'image/png', contentId: 'logo@x' })
  const huge = partOf(Buffer.concat([PNG, Buffer.alloc(5_000_000)]), { part: '4', mediaType: 'image/png', contentId: 'big@x' })
  await copiesOf(shop, [PAGE, picture, huge])
  t.match(shop.asked.find(({ job }) => job === 'copy')?.input, { images: [{ contentId: 'logo@x', mediaType: 'image/png', bytes: PNG }] })
})
