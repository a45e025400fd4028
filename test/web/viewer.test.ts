// Readable copies over the wire: the list, the page of one document, and what each of them may do in a browser.

import { Readable } from 'node:stream'
import t from 'tap'
import { AT, copiesWorld, described, HTML, PNG, RECORDS, TEXT, withFacts } from './copies-world.js'
import { NUMBER, newWorld, opened, Visitor, webServer } from './fakes.js'

const visitorOf = async (world = copiesWorld()) => opened(await webServer(world))
const view = (index: number) => `/records/view/${index}?package=${NUMBER}`

/** What a person reads of a page: text without markup. */
const plain = (html: string) =>
  html
    .replace(/<(script|style|svg)[\s\S]*?<\/\1>/g, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/&#39;/g, "'")
    .replace(/\s+/g, ' ')

/** The piece of the list that is about the document. */
function cardOf(html: string, title: string): string {
  const card = html.split('<div class="hpx-card">').find((piece) => piece.includes(`>${title}</h`))
  if (card === undefined) throw new Error(`no card of ${title}`)
  return card
}

t.test('the list leads to everything in one file, and says what is not in it', async (t) => {
  const { payload } = await (await visitorOf()).get('/records')
  t.match(
    payload,
    new RegExp(`href="/records/records\\.pdf\\?package=${NUMBER}"[^>]*>\\s*Read all pages in one file: 12 pages, PDF, 1\\.2 MB`),
  )
  t.match(plain(payload), '5 documents are not in this PDF.')
  t.match(payload, `href="/records/records.pdf?package=${NUMBER}&amp;download=1"`)
  t.match(plain(payload), '12 documents')
  const world = copiesWorld()
  if (world.records) world.records = { ...world.records, documents: world.records.documents.slice(0, 4) }
  const all = (await (await visitorOf(world)).get('/records')).payload
  t.match(plain(all), 'Read everything: 12 pages, PDF, 1.2 MB')
  t.notMatch(plain(all), 'not in this PDF')
})

t.test('each document has its title, what it is in words, its pages and notes', async (t) => {
  const { payload } = await (await visitorOf()).get('/records')
  const card = (title: string) => cardOf(payload, title)
  t.match(plain(card('Message from the provider')), 'Text, 1 page,')
  t.match(plain(card('Fax of March 3')), /Fax or scan \(TIFF\), 3 pages, 1\.2 MB .*File name: 0000123\.tif/)
  t.match(plain(card('Blood test results.pdf')), 'Signed by Dr. Sample, and not changed since')
  t.match(plain(card('Visit of November 20')), 'Health record (C-CDA), 99 KB')
  t.match(plain(card('Locked report.pdf')), 'This file needs a password. Ask Sample Clinic for it.')
  t.match(plain(card('IM000001.dcm')), 'Included as it was sent: open it with a program for medical images (DICOM)')
  t.match(plain(card('letter.html')), 'the file seems to be damaged. Included as it was sent')
  t.match(plain(card('Records.zip')), /2 documents were taken out of it/)
  for (const title of ['Locked report.pdf', 'IM000001.dcm', 'letter.html', 'Records.zip']) t.notMatch(card(title), '/records/view/', title)
  for (const title of ['Message from the provider', 'Fax of March 3', 'Letter to Dr. Sample.docx'])
    t.match(card(title), '/records/view/', title)
  t.match(card('Fax of March 3'), `/records/documents/${AT.fax}/thumbnail?package=${NUMBER}`)
  t.notMatch(card('Visit of November 20'), 'thumbnail')
  for (const index of Object.values(AT)) t.match(payload, `href="/records/documents/${index}?package=${NUMBER}"`, 'each can be had as sent')
})

t.test('what was unpacked stands below what it came from, however deep', async (t) => {
  const { payload } = await (await visitorOf()).get('/records')
  const inside = /From Records\.zip:[\s\S]*?<\/ol>/.exec(payload)?.[0] ?? ''
  for (const title of ['Letter to Dr. Sample.docx', 'more.eml', 'Text of the message']) t.match(inside, `>${title}</h4>`)
  t.notMatch(inside, 'Locked report')
  t.match(plain(cardOf(inside, 'Text of the message')), 'From more.eml')
  // A later document of the package that came out of the first: it is read right after it.
  const world = withFacts(copiesWorld(), AT.page, { within: AT.message })
  const { payload: next } = await (await visitorOf(world)).get(view(AT.message))
  t.match(next, `rel="next" href="${view(AT.page)}"`)
  const deep = newWorld()
  const documents = Array.from({ length: 5000 }, (_, index) =>
    described(`${index}.eml`, 'message/rfc822', 9, {
      copy: { kind: 'as-sent', reason: 'no-converter' },
      ...(index > 0 && { within: index - 1 }),
    }),
  )
  if (deep.records) deep.records = { ...deep.records, documents }
  t.equal((await (await visitorOf(deep)).get('/records')).statusCode, 200, 'five thousand messages, one in another')
})

t.test('signatures that do not hold, and names that are missing, are told', async (t) => {
  const signer = { name: '', address: 'dr@clinic.example', isIntact: false }
  const { payload } = await (await visitorOf(withFacts(copiesWorld(), AT.pdf, { signer }))).get('/records')
  t.match(plain(payload), 'It says that dr@clinic.example signed it, but it was changed since. Ask Sample Clinic')
  const nobody = withFacts(copiesWorld(), AT.pdf, { signer: { name: '', address: '', isIntact: true } })
  t.notMatch((await (await visitorOf(nobody)).get('/records')).payload, 'Signed by')
})

t.test('a reason that only later writers know is no reason to fail', async (t) => {
  for (const [reason, text] of [
    ['too-big', 'It is too long for a readable copy.'],
    ['quantum', 'Included as it was sent: open it with a program for medical images'],
  ] as const) {
    const world = withFacts(copiesWorld(), AT.dicom, { copy: { kind: 'as-sent', reason } })
    t.match(plain((await (await visitorOf(world)).get('/records')).payload), text)
  }
  const unknown = withFacts(copiesWorld(), AT.dicom, { mediaType: 'application/x-unheard-of' })
  t.match(plain((await (await visitorOf(unknown)).get('/records')).payload), 'Ask Sample Clinic which program opens it.')
})

t.test('a package from before there were copies is shown as it was then', async (t) => {
  const { payload } = await (await visitorOf(newWorld())).get('/records')
  t.notMatch(payload, /records\.pdf|\/records\/view\/|thumbnail|Download as sent/)
  t.match(payload, '/records/documents/0/view')
  t.equal((await (await visitorOf(newWorld())).get('/records/records.pdf')).statusCode, 404)
  t.equal((await (await visitorOf(newWorld())).get(view(0))).statusCode, 200, 'though each of its documents has its page')
})

t.test('the page of a document says which it is, and leads to the others', async (t) => {
  const visitor = await visitorOf()
  const first = (await visitor.get(view(AT.message))).payload
  t.match(plain(first), 'Document 1 of 12')
  t.notMatch(first, 'rel="prev"')
  const third = (await visitor.get(view(AT.fax))).payload
  t.match(third, /<title>Fax of March 3 – HePoEx<\/title>/)
  t.match(third, `rel="prev" href="${view(AT.pdf)}"`)
  t.match(third, `rel="next" href="${view(AT.photo)}"`)
  t.match(third, `href="/records?package=${NUMBER}"`)
  t.match(third, `href="/records/documents/${AT.fax}?package=${NUMBER}"`)
  t.match(third, 'data-idle-seconds="900"')
  t.notMatch((await visitor.get(view(AT.page))).payload, 'rel="next"')
})

t.test('each kind is shown in its way', async (t) => {
  const visitor = await visitorOf()
  const page = async (index: number) => (await visitor.get(view(index))).payload.replaceAll('&amp;', '&')
  const frame = (html: string) => /<iframe[^>]*>/.exec(html)?.[0] ?? ''
  const query = `?package=${NUMBER}`
  const pdf = frame(await page(AT.pdf))
  t.match(pdf, `src="/records/documents/${AT.pdf}/view${query}#`)
  t.notMatch(pdf, 'sandbox', 'a browser shows no PDF in a frame with that attribute')
  const fax = await page(AT.fax)
  t.match(frame(fax), `src="/records/records.pdf${query}#page=5`)
  t.match(fax, `href="/records/records.pdf${query}#page=5" `)
  t.match(plain(fax), 'These are pages 5 to 7 of the PDF with all pages.')
  for (const index of [AT.ccda, AT.letter]) {
    const html = await page(index)
    t.match(frame(html), `src="/records/documents/${index}/copy${query}"`)
    t.match(frame(html), / sandbox(="")?[ >]/)
    t.match(html, `href="/records/documents/${index}/copy${query}"`)
  }
  const photo = await page(AT.photo)
  t.match(photo, `<img src="/records/documents/${AT.photo}/view${query}"`)
  t.notMatch(photo, '<iframe')
  const message = await page(AT.message)
  t.match(message, 'here are the records you asked for.\n  &lt;b&gt;Sample Clinic&lt;/b&gt;\n')
  t.notMatch(message, /<iframe|\r/)
  t.notOk(message.includes('\u0007'))
  for (const index of [AT.zip, AT.locked, AT.dicom, AT.page])
    t.notMatch(await page(index), /<iframe|<img class="(?!hpx-header)/, `${index}`)
  t.match(plain(await page(AT.dicom)), 'be shown here. Download it')
  t.match(await page(AT.zip), `<a href="${view(AT.letter)}">Letter to Dr. Sample.docx</a>`)
})

t.test('a text that is none, or too long, is shown by its pages', async (t) => {
  const world = copiesWorld()
  world.documentStream = () => Readable.from([Buffer.from([0x4d, 0xfc, 0x6c])])
  t.match((await (await visitorOf(world)).get(view(AT.message))).payload, 'records.pdf?package=ABCD2345EFGH#page=2')
  const long = withFacts(copiesWorld(), AT.message, { bytes: 512 * 1024 + 1 })
  const visitor = await visitorOf(long)
  long.asked.length = 0
  t.match((await visitor.get(view(AT.message))).payload, '#page=2')
  t.notOk(
    long.asked.some((line) => line.startsWith('document')),
    'it is not even opened',
  )
  const { copy: _, ...bare } = described('a.txt', 'text/plain', 3)
  if (world.records) world.records = { ...world.records, documents: [bare] }
  t.match((await (await visitorOf(world)).get(view(0))).payload, `href="/records/documents/0/view?package=${NUMBER}"`, 'or by the browser')
})

t.test('a text whose stream breaks is no page of half a text', async (t) => {
  const world = copiesWorld()
  world.documentStream = () =>
    Readable.from(
      (async function* () {
        yield Buffer.from(TEXT)
        throw new Error('damaged')
      })(),
    )
  const answer = await (await visitorOf(world)).get(view(AT.message))
  t.equal(answer.statusCode, 500)
  t.notMatch(answer.payload, 'records you asked for')
})

t.test('copies are sent as what they are, framed by us alone, and kept by nobody', async (t) => {
  const visitor = await visitorOf()
  const copy = await visitor.get(`/records/documents/${AT.ccda}/copy`)
  t.equal(copy.headers['content-type'], 'text/html; charset=utf-8')
  t.equal(copy.headers['content-length'], HTML.length)
  t.match(copy.headers['content-disposition'], /^inline; filename="export\.xml\.html"/)
  t.match(copy.headers['content-security-policy'], /^sandbox; default-src 'none'; style-src 'unsafe-inline'/)
  t.notMatch(copy.headers['content-security-policy'], /allow-|script-src/)
  t.equal(copy.payload, HTML.toString())
  const thumbnail = await visitor.get(`/records/documents/${AT.fax}/thumbnail`)
  t.equal(thumbnail.headers['content-type'], 'image/png')
  t.match(thumbnail.headers['content-security-policy'], /^sandbox; .*frame-ancestors 'none'/)
  t.equal(thumbnail.headers['x-frame-options'], 'DENY')
  t.ok(thumbnail.rawPayload.equals(PNG))
  const records = await visitor.get('/records/records.pdf')
  t.equal(records.headers['content-type'], 'application/pdf')
  t.match(records.headers['content-disposition'], /^inline; filename="health-records\.pdf"/)
  t.equal(records.payload.slice(0, RECORDS.length), RECORDS.toString())
  for (const query of ['?download', '?download=1', `?package=${NUMBER}&download=1`])
    t.match((await visitor.get(`/records/records.pdf${query}`)).headers['content-disposition'], /^attachment; /, query)
  for (const { headers } of [copy, records]) {
    t.match(headers['content-security-policy'], /frame-ancestors 'self'/)
    t.equal(headers['x-frame-options'], 'SAMEORIGIN')
  }
  for (const { headers } of [copy, thumbnail, records]) {
    t.equal(headers['cache-control'], 'no-store')
    t.equal(headers['x-content-type-options'], 'nosniff')
    t.equal(headers['cross-origin-resource-policy'], 'same-origin')
  }
})

t.test('only the page with a frame may have one', async (t) => {
  const visitor = await visitorOf()
  const framed = (await visitor.get(view(AT.ccda))).headers
  t.match(framed['content-security-policy'], /; frame-src 'self'$/)
  t.match(framed['content-security-policy'], /frame-ancestors 'none'/)
  t.equal(framed['x-frame-options'], 'DENY')
  for (const path of ['/records', view(AT.photo), view(AT.message), view(AT.dicom)]) {
    const { headers } = await visitor.get(path)
    t.notMatch(headers['content-security-policy'], 'frame-src', path)
    t.equal(headers['cross-origin-embedder-policy'], 'require-corp', path)
  }
})

t.test('HTML, SVG and XML of strangers are never shown, whatever a copy says', async (t) => {
  for (const mediaType of ['text/html', 'image/svg+xml', 'application/xml', 'text/xml', 'application/xhtml+xml']) {
    const world = withFacts(copiesWorld(), AT.dicom, { mediaType })
    const visitor = await visitorOf(world)
    const { payload } = await visitor.get(view(AT.dicom))
    t.notMatch(payload, `/records/documents/${AT.dicom}/view`, mediaType)
    const answer = await visitor.get(`/records/documents/${AT.dicom}/view`)
    t.match(answer.headers['content-disposition'], /^attachment; /, mediaType)
    t.match(answer.headers['content-security-policy'], /^sandbox; .*frame-ancestors 'none'/, mediaType)
    t.equal(answer.headers['x-frame-options'], 'DENY', mediaType)
  }
})

t.test('what is not there is no page, and the records stay open', async (t) => {
  const visitor = await visitorOf()
  for (const path of [
    '/records/view/12',
    '/records/view/-1',
    '/records/view/x',
    '/records/documents/99/copy',
    '/records/documents/x/thumbnail',
  ])
    t.equal((await visitor.get(path)).statusCode, 404, path)
  for (const path of [`/records/documents/${AT.fax}/copy`, `/records/documents/${AT.ccda}/thumbnail`])
    t.equal((await visitor.get(path)).statusCode, 404, path)
  t.equal((await visitor.get('/records')).statusCode, 200)
})

t.test('without a pass, or when it is over, there is neither list nor copy', async (t) => {
  const world = copiesWorld()
  const server = await webServer(world)
  const visitor = await opened(server)
  const paths = ['/records/view/0', '/records/records.pdf', '/records/documents/4/copy', '/records/documents/2/thumbnail']
  for (const path of paths) t.equal((await new Visitor(server).get(path)).statusCode, 409, path)
  for (const path of paths) t.equal((await visitor.get(`${path}?package=ZZZZZZZZZZZZ`)).statusCode, 409, `${path} of another package`)
  world.records = null
  for (const path of paths) {
    const cookies = new Map(visitor.cookies)
    t.equal((await visitor.get(path)).statusCode, 409, path)
    for (const [name, value] of cookies) visitor.cookies.set(name, value)
  }
})

t.test('links of every page say which package they mean, and lead somewhere', async (t) => {
  const visitor = await visitorOf()
  const hrefs = new Set<string>()
  for (const path of ['/records', ...Object.values(AT).map(view)]) {
    const { payload } = await visitor.get(path)
    // The list itself in another language is whatever is open.
    for (const [, href = ''] of payload.matchAll(/(?:href|src)="(\/records[/?][^"]*)"/g))
      if (!href.startsWith('/records?lang=')) hrefs.add(href.replaceAll('&amp;', '&'))
  }
  t.ok(hrefs.size > 40)
  for (const href of hrefs) {
    t.match(href, new RegExp(`[?]package=${NUMBER}(&|#|$)`), href)
    t.equal((await visitor.get(href.replace(/#.*/, ''))).statusCode, 200, href)
  }
})

t.test('what strangers wrote is text on the pages', async (t) => {
  const evil = '<img src=x onerror=alert(1)>"\'{{7*7}}'
  const signer = { name: evil, address: evil, isIntact: true }
  const world = withFacts(copiesWorld(), AT.fax, { title: evil, signer })
  if (world.records) world.records = { ...world.records, providerName: evil }
  const visitor = await visitorOf(world)
  for (const path of ['/records', view(AT.fax), view(AT.pdf), view(AT.locked)]) {
    const { payload } = await visitor.get(path)
    t.match(payload, '&lt;img src=x onerror', path)
    t.notMatch(payload, /<img src=x|>49</, path)
  }
})
