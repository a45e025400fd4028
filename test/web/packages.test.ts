// Her packages, keeping one longer, saying that records are not hers, and the mail that asks for them again.

import t from 'tap'
import { DAY } from '../../src/clock.js'
import { NOW, NUMBER, newWorld, opened, packageEntry, signedIn, texts, Visitor, webServer } from './fakes.js'

const READABLE = 'ABCD-2345-EFGH'

t.test('who is not signed in reads how to sign in and how to go without, and no desk is asked', async (t) => {
  const world = newWorld()
  const visitor = new Visitor(await webServer(world))
  const { payload } = await visitor.get('/packages')
  t.match(payload, 'href="/sign-in"')
  t.match(payload, 'href="/open"')
  t.strictSame(world.asked, [])
  t.equal((await visitor.get(`/packages/${NUMBER}/extend`)).headers.location, '/packages')
  t.equal((await visitor.post(`/packages/${NUMBER}/extend`, {})).headers.location, '/packages')
  t.strictSame(world.asked, [])
})

t.test('an admin has no packages', async (t) => {
  const world = newWorld()
  if (world.account) world.account = { ...world.account, role: 'admin', postboxNumber: null }
  const visitor = await signedIn(await webServer(world))
  t.match((await visitor.get('/packages')).payload, 'href="/sign-in"')
  t.equal((await visitor.post(`/packages/${NUMBER}/extend`, {})).headers.location, '/packages')
  t.notOk(world.asked.some((line) => /^(packages|extendOwn) /.test(line)))
})

t.test('what waits, what was opened and what has ended stand in lists of their own, each with what can be done', async (t) => {
  const world = newWorld()
  const ended = (number: string, kind: 'expired' | 'frozen') => packageEntry({ number, extendsTo: null, ended: { kind, at: NOW - DAY } })
  world.packages = {
    entries: [
      packageEntry({ number: 'WAITS0000000' }),
      packageEntry({ number: '0PENED000000', lastOpenedAt: NOW, extendsTo: null }),
      ended('EXP1RED00000', 'expired'),
      ended('FR0ZEN000000', 'frozen'),
    ],
    isMore: false,
  }
  const { payload } = await (await signedIn(await webServer(world))).get('/packages')
  const places = ['<h2>Waiting for you', 'WAIT-S000-0000', '<h2>Opened', '0PEN-ED00-0000', '<h2>Ended', 'EXP1-RED0-0000', 'FR0Z-EN00-0000']
  const found = places.map((each) => payload.indexOf(each))
  t.ok(found.every((place) => place > 0))
  t.strictSame(
    found,
    [...found].sort((one, other) => one - other),
  )
  t.match(payload, 'Its time was over on November 21, 2026.')
  t.match(payload, 'Closed for good on November 21, 2026')
  const links = [...payload.matchAll(/href="(\/(?:open|packages)\/[^"]+)"/g)].map(([, href]) => href)
  t.strictSame(links, ['/open/WAITS0000000', '/packages/WAITS0000000/extend', '/open/0PENED000000'])
  t.notMatch(payload, 'newest are shown')
})

t.test('a provider stands in the list when the desk says it, escaped, and otherwise not', async (t) => {
  const world = newWorld()
  const visitor = await signedIn(await webServer(world))
  t.notMatch((await visitor.get('/packages')).payload, 'From ')
  world.packages = { entries: [packageEntry({ providerName: '<b>Clinic</b>' })], isMore: true }
  const { payload } = await visitor.get('/packages')
  t.match(payload, 'From &lt;b&gt;Clinic&lt;/b&gt;')
  t.match(payload, 'Only the 1 newest are shown')
})

t.test('a list with nothing in it says what to do', async (t) => {
  const world = newWorld()
  world.packages = { entries: [], isMore: false }
  t.match((await (await signedIn(await webServer(world))).get('/packages')).payload, 'No package has come for you yet')
})

t.test('keeping longer from the list: the page says until when, the button does it, the list says so', async (t) => {
  const world = newWorld()
  const visitor = await signedIn(await webServer(world))
  const asked = await visitor.get(`/packages/${NUMBER}/extend`)
  t.match(asked.payload, `Package ${READABLE} is kept until December 21, 2026`)
  t.match(asked.payload, 'Keep it until January 20, 2027')
  world.asked.length = 0
  const pressed = await visitor.post(`/packages/${NUMBER}/extend`, {})
  t.equal(pressed.headers.location, `/packages?kept=${NUMBER}`)
  t.strictSame(
    world.asked.filter((line) => !line.startsWith('account')),
    [`extendOwn c1 ${NUMBER}`],
  )
  world.packages = { entries: [packageEntry({ extendsTo: null, expiresAt: NOW + 59 * DAY })], isMore: false }
  t.match((await visitor.get(`/packages?kept=${NUMBER}`)).payload, `Package ${READABLE} is now kept until January 20, 2027`)
})

t.test('the list says only what is so, whatever a link says', async (t) => {
  const world = newWorld()
  const visitor = await signedIn(await webServer(world))
  for (const query of [`?kept=${NUMBER}`, '?kept=ZZZZZZZZZZZZ', '?kept=<b>', '?done=kept'])
    t.notMatch((await visitor.get(`/packages${query}`)).payload, 'is now kept', query)
})

t.test('what cannot be kept longer says so, and what is no reference reaches no desk', async (t) => {
  const world = newWorld()
  world.packages = { entries: [packageEntry({ extendsTo: null })], isMore: false }
  world.extended = null
  const visitor = await signedIn(await webServer(world))
  for (const number of [NUMBER, 'ZZZZZZZZZZZZ', 'nonsense'])
    t.equal((await visitor.get(`/packages/${number}/extend`)).headers.location, '/packages?done=not-kept')
  t.equal((await visitor.post(`/packages/${NUMBER}/extend`, {})).headers.location, '/packages?done=not-kept')
  t.match((await visitor.get('/packages?done=not-kept')).payload, 'one time only')
  world.asked.length = 0
  await visitor.post('/packages/nonsense/extend', {})
  t.notOk(world.asked.some((line) => line.startsWith('extendOwn')))
})

t.test('the open records offer to be kept longer once, and say the new date afterwards', async (t) => {
  const world = newWorld()
  const visitor = await opened(await webServer(world))
  const before = await visitor.get('/records?done=extended')
  t.match(before.payload, `action="/records/extend?package=${NUMBER}"`)
  t.notMatch(before.payload, 'is now kept', 'nothing was kept longer yet')
  const pressed = await visitor.post(`/records/extend?package=${NUMBER}`, {})
  t.equal(pressed.headers.location, '/records?done=extended')
  if (world.records) world.records = { ...world.records, expiresAt: NOW + 59 * DAY, extendsTo: null }
  const after = await visitor.get('/records?done=extended')
  t.match(after.payload, `Package ${READABLE} is now kept until January 20, 2027`)
  t.notMatch(after.payload, '/records/extend')
})

t.test('a button of another package’s page keeps and closes nothing', async (t) => {
  const world = newWorld()
  const visitor = await opened(await webServer(world))
  for (const path of ['extend', 'not-mine']) t.equal((await visitor.post(`/records/${path}?package=ZZZZZZZZZZZZ`, {})).statusCode, 409)
  t.notOk(world.asked.some((line) => /^(extend|notMine)/.test(line)))
})

t.test('records of somebody else: what happens is said before, and the records are closed after', async (t) => {
  const world = newWorld()
  const visitor = await opened(await webServer(world))
  t.match((await visitor.get('/records')).payload, `/records/not-mine?package=${NUMBER}`)
  const asked = await visitor.get(`/records/not-mine?package=${NUMBER}`)
  t.match(asked.payload, 'Nobody can open it any more')
  t.match(asked.payload, 'keep to yourself')
  t.notOk(world.asked.some((line) => line.startsWith('notMine')))
  const done = await visitor.post(`/records/not-mine?package=${NUMBER}`, {})
  t.match(done.payload, 'The package is closed')
  t.match(done.payload, 'Sample Postbox Company')
  t.notOk(visitor.cookies.has('hepoex-pass'))
  t.equal(world.asked.at(-1), 'notMine s1')
})

t.test('when the session is over, none of it is done and the page says so', async (t) => {
  const world = newWorld()
  const visitor = await opened(await webServer(world))
  world.deleted = false
  world.extended = null
  t.equal((await visitor.post('/records/not-mine', {})).statusCode, 409)
  const again = await opened(await webServer(world))
  world.records = null
  t.equal((await again.post('/records/extend', {})).headers.location, '/records')
  t.match((await again.get('/records')).payload, 'Your records are closed')
})

/** The mail behind the first such link of a page, as a mail program reads it (RFC 6068). */
function mailOf(html: string): { href: string; to: string; subject: string; body: string } {
  const href = /href="(mailto:[^"]*)"/.exec(html)?.[1]?.replaceAll('&amp;', '&') ?? ''
  const [, to = '?', fields = ''] = /^mailto:([^?]*)\?(.*)$/.exec(href) ?? []
  const value = (name: string) => decodeURIComponent(new RegExp(`(?:^|&)${name}=([^&]*)`).exec(fields)?.[1] ?? '')
  return { href, to, subject: value('subject'), body: value('body') }
}

t.test('who has lost the code gets a mail to no address, that tells nothing but the reference', async (t) => {
  const { payload } = await new Visitor(await webServer(newWorld())).get(`/open/${NUMBER}`)
  const { href, to, subject, body } = mailOf(payload)
  t.equal(to, '')
  t.equal(subject, 'Please send my records again')
  t.match(body, `reference ${READABLE}.`)
  t.match(body, 'e-mail: [write your HePoEx id here]')
  t.match(href, /^mailto:\?subject=[\w%.!'()*~-]+&body=[\w%.!'()*~-]+$/, 'nothing that RFC 6068 wants encoded')
  t.match(href, '%0D%0A%0D%0A')
  t.notMatch(body, /[^\r]\n/)
  t.match(payload, '<div class="hpx-letter"><p>Hello,</p><p>Please send', 'and its text to copy')
  t.notMatch(payload, /Sample Clinic|intake number/)
})

t.test('in Spanish it says the same in English below, which every clinic reads', async (t) => {
  const { payload } = await new Visitor(await webServer(newWorld())).get(`/open/${NUMBER}?lang=es`)
  const { subject, body } = mailOf(payload)
  const spanish = texts.in('es')
  t.equal(subject, `${spanish('packages.mail.subject')} / Please send my records again`)
  for (const text of [spanish, texts.in('en')])
    for (const key of ['hello', 'again', 'where']) t.match(body, text(`packages.mail.${key}`), key)
})

t.test('who is signed in finds her id in it', async (t) => {
  const world = newWorld()
  if (world.account) world.account = { ...world.account, address: 'maria+a&b=c@example.org' }
  const { payload } = await (await signedIn(await webServer(world))).get(`/open/${NUMBER}`)
  t.match(mailOf(payload).body, 'your e-mail: maria+a&b=c@example.org\r\n')
})

t.test('after a right code the page names who sent it, and the mail its number', async (t) => {
  const sender = { providerName: 'Sample <i>Clinic</i>', intakeNumber: '20261122-K7M2QXAB' }
  for (const kind of ['expired', 'deleted', 'recalled', 'frozen'] as const) {
    const world = newWorld()
    world.code = { kind, sender }
    const { payload } = await new Visitor(await webServer(world)).post(`/open/${NUMBER}`, { code: '4821007391556241' })
    t.match(payload, 'It was sent by Sample &lt;i&gt;Clinic&lt;/i&gt;.', kind)
    const { to, body, subject } = mailOf(payload)
    t.equal(to, '')
    t.match(body, kind === 'recalled' ? 'took it back' : 'intake number 20261122-K7M2QXAB', kind)
    t.match(subject, kind === 'recalled' ? 'took back' : 'again', kind)
    t.notMatch(body, 'Clinic')
  }
})

t.test('it does so on the question page, too, and asks for nothing where nothing has to be sent again', async (t) => {
  const world = newWorld()
  const visitor = new Visitor(await webServer(world))
  await visitor.post(`/open/${NUMBER}`, { code: '4821007391556241' })
  world.question = { kind: 'expired', sender: { providerName: 'Sample Clinic', intakeNumber: 'I-1' } }
  t.match((await visitor.get(`/open/${NUMBER}/question`)).payload, 'It was sent by Sample Clinic.')
  world.code = { kind: 'locked', sender: { providerName: 'Sample Clinic', intakeNumber: 'I-1' } }
  t.notMatch((await visitor.post(`/open/${NUMBER}`, { code: '4821007391556241' })).payload, 'mailto:?')
})
