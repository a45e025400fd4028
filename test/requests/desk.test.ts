// The life of a request, as the desk keeps it: from a draft to what became of it, and until when.

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { MOST_REQUESTS } from '../../src/requests/desk.js'
import { createRequests } from '../../src/requests/requests.js'
import { enrol } from '../support/desk.js'
import { acts, DAY, FILLED, fill, filled, newRequestWorld, PART_2, type RequestWorld, readPaper, sent, viewOf } from './world.js'

const round = ({ desk }: RequestWorld, name: string) => desk.rounds.find((each) => each.name === name)?.run()

async function describeHerself({ store, consumerId }: RequestWorld, person: object): Promise<void> {
  const personSealed = store.keyring.seal('person', consumerId, Buffer.from(JSON.stringify(person)))
  const preferences = { language: 'en', timeZone: null, showProvider: false, personSealed }
  await store.write(({ consumers }) => consumers.setPreferences(consumerId, preferences))
}

t.test('a draft begins with what she has told of herself, and says what is missing', async (t) => {
  const world = await newRequestWorld(t)
  await describeHerself(world, { name: 'Maria Sample', postalAddress: '1 Sample Street' })
  const number = (await world.desk.begin(world.consumerId, 'authorization')) ?? ''
  t.match(number, /^[0-9A-HJKMNP-TV-Z]{8}$/)
  t.match(await viewOf(world, number), {
    ...{ number, kind: 'authorization', state: 'draft', providerName: '', sent: null, answered: null, received: [] },
    content: { person: { name: 'Maria Sample', postalAddress: '1 Sample Street', bornOn: null }, records: [], signature: null },
    ...{ missing: ['person', 'provider', 'records'], canBeMailed: false, keptUntil: world.clock.at + 30 * DAY },
  })
  await fill(world, number, 'person')
  t.strictSame((await viewOf(world, number)).missing, ['provider', 'records'])
  const access = (await world.desk.begin(world.consumerId, 'access')) ?? ''
  t.strictSame((await viewOf(world, access)).missing, ['person', 'provider'], 'which asks for everything to begin with')
})

t.test('what she writes is nowhere in the clear: not in the database, nor on record', async (t) => {
  const world = await newRequestWorld(t)
  const number = await sent(world, 'authorization', PART_2)
  await world.desk.markReceived(world.consumerId, number, ['imaging'])
  const files = await Promise.all(['hepoex.db', 'hepoex.db-wal'].map((name) => readFile(join(world.folder, 'mailboxes', name), 'latin1')))
  for (const secret of ['Maria', 'Sampletown', '1980-03-27', 'substance-use', 'imaging', 'care"'])
    t.notOk(
      files.some((file) => file.includes(secret)),
      secret,
    )
  t.ok(
    files.some((file) => file.includes(number)),
    'the number is there, so the search does find',
  )
})

t.test('what is another person’s is not found, whatever is asked', async (t) => {
  const world = await newRequestWorld(t)
  const number = await sent(world)
  const other = await enrol(world.store, 'lee@home.example', 1)
  const { desk } = world
  t.strictSame(await desk.list(other), [])
  t.equal(await desk.view(other, number), null)
  t.equal(await desk.pdf(other, number, 'en'), null)
  t.equal(await desk.letter(other, number, 'reminder', 'en'), null)
  t.strictSame(await desk.save(other, number, 'person', FILLED.person), { kind: 'not-found' })
  for (const outcome of [await desk.markSent(other, number, 'mailed'), await desk.mailIt(other, number)])
    t.strictSame(outcome, { kind: 'not-found' })
  for (const done of [desk.markAnswered(other, number, true), desk.markReceived(other, number, []), desk.withdraw(other, number)])
    t.equal(await done, false)
  t.equal(await desk.remove(other, number), false)
  t.match(await viewOf(world, number), { state: 'sent' })
})

t.test('she has so many at most, and room again when one is deleted', async (t) => {
  const world = await newRequestWorld(t)
  const numbers = await Promise.all(Array.from({ length: MOST_REQUESTS + 3 }, () => world.desk.begin(world.consumerId, 'access')))
  t.equal(numbers.filter((number) => number !== null).length, MOST_REQUESTS, 'also when she asks for all at once')
  t.equal(await world.desk.begin(world.consumerId, 'access'), null)
  t.equal(await world.desk.remove(world.consumerId, numbers[0] ?? ''), true)
  t.equal(await world.desk.view(world.consumerId, numbers[0] ?? ''), null)
  t.ok(await world.desk.begin(world.consumerId, 'access'))
  t.equal(await world.desk.begin('nobody', 'access'), null)
})

t.test('drafts are listed before what was sent, and that before what is over; of each the newest first', async (t) => {
  const world = await newRequestWorld(t)
  const later = async (make: () => Promise<string>) => {
    world.clock.at += DAY
    return make()
  }
  const oldSent = await later(() => sent(world))
  const oldDraft = await later(() => filled(world))
  const over = await later(() => sent(world))
  const newSent = await later(() => sent(world))
  const newDraft = await later(() => filled(world))
  await world.desk.withdraw(world.consumerId, over)
  const list = await world.desk.list(world.consumerId)
  t.strictSame(
    list.map(({ number }) => number),
    [newDraft, oldDraft, newSent, oldSent, over],
  )
  t.match(list[2], { providerName: 'Sample Clinic', sent: { way: 'faxed', daysLeft: 29 } })
  world.clock.at += 100 * DAY
  t.match((await world.desk.list(world.consumerId))[2], { sent: { daysLeft: -71 } })
})

t.test('a signature stands for what was signed: whoever changes a word signs again, whoever changes nothing does not', async (t) => {
  const world = await newRequestWorld(t)
  const number = await filled(world)
  await fill(world, number, 'delivery')
  await fill(world, number, 'person', { name: ' Maria  Sample' })
  t.match((await viewOf(world, number)).content.signature, { kind: 'typed' })
  await fill(world, number, 'delivery', { formats: ['images'] })
  t.equal((await viewOf(world, number)).content.signature, null)
  await fill(world, number, 'signature')
  t.match((await viewOf(world, number)).content.signature, { kind: 'typed' })
  await fill(world, number, 'signature', { way: 'later' })
  t.equal((await viewOf(world, number)).content.signature, null)
})

t.test('sending starts the 30 days, once, and ends the draft; a form that is not whole is not sent', async (t) => {
  const world = await newRequestWorld(t)
  const { desk, consumerId, clock } = world
  const bare = (await desk.begin(consumerId, 'access')) ?? ''
  t.strictSame(await desk.markSent(consumerId, bare, 'mailed'), { kind: 'not-whole' })
  const number = await filled(world, 'access', { signature: { way: 'later' } })
  t.strictSame(await desk.markSent(consumerId, number, 'handed-over'), { kind: 'sent' }, 'signed on paper')
  t.strictSame(await desk.markSent(consumerId, number, 'mailed'), { kind: 'not-draft' })
  t.match(await viewOf(world, number), {
    ...{ state: 'sent', keptUntil: clock.at + 396 * DAY },
    sent: { way: 'handed-over', on: '2026-11-22', dueOn: '2026-12-22', daysLeft: 30, letterFrom: '2026-12-23' },
  })
  t.strictSame(await desk.save(consumerId, number, 'person', FILLED.person), { kind: 'not-draft' })
  const [event] = await world.store.database.read('events').where({ kind: 'request-sent' })
  t.match(event, { actor: 'consumer', consumer_id: consumerId, provider_id: 'provider-1', package_id: null })
  t.strictSame(JSON.parse(event.details), { request: number, way: 'handed-over' })
})

t.test('she says that it was answered and takes that back; the days go on as before', async (t) => {
  const world = await newRequestWorld(t)
  const { desk, consumerId, clock } = world
  const number = await sent(world)
  const before = await viewOf(world, number)
  clock.at += 3 * DAY
  t.equal(await desk.markAnswered(consumerId, number, false), false, 'it is not answered')
  t.equal(await desk.markAnswered(consumerId, number, true), true)
  t.equal(await desk.markAnswered(consumerId, number, true), false)
  t.match(await viewOf(world, number), {
    ...{ state: 'answered', answered: { at: clock.at, packageNumber: null }, keptUntil: clock.at + 183 * DAY },
    sent: { on: before.sent?.on },
  })
  t.equal(await desk.markAnswered(consumerId, number, false), true)
  t.match(await viewOf(world, number), { state: 'sent', answered: null, sent: { dueOn: before.sent?.dueOn }, keptUntil: before.keptUntil })
  t.strictSame(await acts(world), ['request-sent', 'request-answered', 'request-unanswered'])
})

t.test('what came is ticked off, once it was sent, and never what there is not', async (t) => {
  const world = await newRequestWorld(t)
  const { desk, consumerId } = world
  const number = await filled(world)
  t.equal(await desk.markReceived(consumerId, number, ['visits']), false)
  await desk.markSent(consumerId, number, 'mailed')
  t.equal(await desk.markReceived(consumerId, number, ['imaging', 'gossip', 'visits']), true)
  t.strictSame((await viewOf(world, number)).received, ['visits', 'imaging'])
  t.equal(await desk.markReceived(consumerId, number, []), true)
  t.strictSame((await viewOf(world, number)).received, [])
})

t.test('an access request is withdrawn, an authorization revoked, also after it was answered', async (t) => {
  const world = await newRequestWorld(t)
  const { desk, consumerId, clock } = world
  t.equal(await desk.withdraw(consumerId, await filled(world)), false, 'a draft is deleted')
  const access = await sent(world)
  t.equal(await desk.withdraw(consumerId, access), true)
  t.equal(await desk.withdraw(consumerId, access), false)
  t.match(await viewOf(world, access), { state: 'withdrawn', keptUntil: clock.at + 183 * DAY })
  const answered = await sent(world)
  await desk.markAnswered(consumerId, answered, true)
  t.equal(await desk.withdraw(consumerId, answered), false, 'there is nothing to withdraw')
  const authorization = await sent(world, 'authorization')
  await desk.markAnswered(consumerId, authorization, true)
  t.equal(await desk.withdraw(consumerId, authorization), true)
  t.match(await viewOf(world, authorization), { state: 'revoked' })
  t.equal(await desk.markAnswered(consumerId, authorization, false), false, 'what was revoked stays so')
  t.strictSame((await acts(world)).slice(-2), ['request-answered', 'request-revoked'])
})

t.test('the PDFs say whose postbox it is and which request, in the language asked for', async (t) => {
  const world = await newRequestWorld(t, { provider: { fax: '+1 555 010 0199' } })
  const { desk, consumerId, store, clock } = world
  const number = await filled(world)
  const shown = `${number.slice(0, 4)}-${number.slice(4)}`
  const postbox = (await store.read.consumers.byId(consumerId))?.postboxNumber ?? ''
  const file = await desk.pdf(consumerId, number, 'es')
  t.equal(file?.name, `access-request-${shown}.pdf`)
  t.match(readPaper(file?.bytes), {
    ...{ kind: 'form', language: 'es', at: clock.at },
    about: {
      ...{ requestNumber: shown, operatorName: 'Operator', site: 'http://site.test', content: { person: { name: 'Maria Sample' } } },
      postbox: {
        ...{ address: 'pat@home.example', qrText: `HEPOEX:${postbox}:${number}` },
        number: `${postbox.slice(0, 3)}-${postbox.slice(3, 6)}-${postbox.slice(6)}`,
        ...{ intakeAddress: 'clinic@intake.localhost', intakeFax: '+1 555 010 0199' },
      },
    },
  })
  await desk.markSent(consumerId, number, 'mailed')
  const then = await desk.pdf(consumerId, number, 'en')
  clock.at += 5 * DAY
  t.ok((await desk.pdf(consumerId, number, 'en'))?.bytes.equals(then?.bytes ?? Buffer.alloc(0)), 'what was sent stays the same')
})

t.test(
  'a written-in provider has no intake address, nor one that takes part no more; a blank form has a postbox where she is signed in, and nothing else of her',
  async (t) => {
    const world = await newRequestWorld(t)
    const { desk, consumerId } = world
    const number = await filled(world, 'access', { provider: { slug: '', name: 'Lakeside Clinic' } })
    const suspended = await filled(world)
    await world.store.write(({ providers }) => providers.setState('provider-1', 'suspended'))
    t.match(readPaper((await desk.pdf(consumerId, suspended, 'en'))?.bytes).about.postbox, { intakeAddress: null, intakeFax: null })
    const written = readPaper((await desk.pdf(consumerId, number, 'en'))?.bytes)
    t.match(written.about.postbox, { intakeAddress: null, intakeFax: null })
    const blank = await desk.blank('authorization', 'en', consumerId)
    t.equal(blank.name, 'authorization.pdf')
    t.match(readPaper(blank.bytes).about, {
      ...{ requestNumber: null, content: { kind: 'authorization', person: { name: '' } } },
      postbox: { address: 'pat@home.example', qrText: /^HEPOEX:\w{9}$/, intakeAddress: null },
    })
    t.equal(readPaper((await desk.blank('access', 'en', null)).bytes).about.postbox, null)
  },
)

t.test('a blank form of nobody is drawn once a day for all who ask, and anew when that failed', async (t) => {
  const drawn: string[] = []
  const world = await newRequestWorld(t)
  const { broken, tools, clock } = world
  const form: typeof tools.pdfs.form = async (about, language, at) => {
    drawn.push(`${about.content.kind} ${language} ${about.postbox?.address ?? 'nobody'}`)
    return tools.pdfs.form(about, language, at)
  }
  const desk = createRequests({ ...tools, pdfs: { ...tools.pdfs, form } })
  broken.error = new Error('no fonts')
  await t.rejects(desk.blank('access', 'en', null))
  broken.error = null
  await Promise.all(Array.from({ length: 40 }, () => desk.blank('access', 'en', null)))
  await desk.blank('access', 'es', null)
  await desk.blank('access', 'en', world.consumerId)
  await desk.blank('access', 'en', world.consumerId)
  const all = ['access en nobody', 'access en nobody', 'access es nobody', 'access en pat@home.example', 'access en pat@home.example']
  t.strictSame(drawn, all)
  clock.at += DAY
  t.equal(readPaper((await desk.blank('access', 'en', null)).bytes).at, clock.at)
})

t.test('there is a reminder letter when the 30 days are over, until somebody answers', async (t) => {
  const world = await newRequestWorld(t)
  const { desk, consumerId, clock } = world
  const draft = await filled(world)
  const numbers = [await sent(world), await sent(world, 'authorization')]
  const [access = ''] = numbers
  const at = clock.at
  // The last day where she is, and the next one.
  const [last, over] = [Date.UTC(2026, 11, 23, 5, 59), Date.UTC(2026, 11, 23, 6)]
  for (const number of [draft, ...numbers]) {
    clock.at = last
    t.equal(await desk.letter(consumerId, number, 'reminder', 'en'), null)
  }
  clock.at = over
  t.equal(await desk.letter(consumerId, draft, 'reminder', 'en'), null)
  for (const number of numbers) {
    const letter = await desk.letter(consumerId, number, 'reminder', 'es')
    t.match(letter?.name, /^reminder-\w{4}-\w{4}\.pdf$/)
    const { about, ...made } = readPaper(letter?.bytes)
    t.match(made, { kind: 'reminder', language: 'es', at: over })
    t.match(about, { sent: { way: 'faxed', at, dueAt: Date.UTC(2026, 11, 22, 12) }, timeZone: 'America/Chicago' })
  }
  await desk.markAnswered(consumerId, access, true)
  t.equal(await desk.letter(consumerId, access, 'reminder', 'en'), null)
})

t.test('an authorization that somebody has can be taken back by letter, in any state; a request for access can’t', async (t) => {
  const world = await newRequestWorld(t)
  const { desk, consumerId, store, clock } = world
  const number = await filled(world, 'authorization')
  const letter = async () => readPaper((await desk.letter(consumerId, number, 'revocation', 'en'))?.bytes)
  t.equal(await letter(), null, 'nobody has it')
  await store.write((tables) => desk.awaited.answered(tables, number, '0123456789AB', clock.at))
  t.match(
    await letter(),
    { kind: 'revocation', about: { sent: null, content: { kind: 'authorization' } } },
    'she never said that she sent it',
  )
  await desk.withdraw(consumerId, number)
  t.match(await letter(), { kind: 'revocation' })
  t.match((await desk.letter(consumerId, number, 'revocation', 'en'))?.name, /^revocation-/)
  const told = await sent(world, 'authorization')
  t.match(readPaper((await desk.letter(consumerId, told, 'revocation', 'en'))?.bytes), { about: { sent: { way: 'faxed', at: clock.at } } })
  t.equal(await desk.letter(consumerId, await sent(world), 'revocation', 'en'), null)
})

t.test('each is deleted when its time is over, and not before: a draft by its last change', async (t) => {
  const world = await newRequestWorld(t)
  const { desk, consumerId, clock } = world
  const start = clock.at
  const draft = await filled(world)
  const open = await sent(world)
  const over = await sent(world)
  await desk.markAnswered(consumerId, over, true)
  clock.at = start + 20 * DAY
  await fill(world, draft, 'delivery')
  const isThere = async (number: string) => (await desk.view(consumerId, number)) !== null
  const steps: ReadonlyArray<readonly [until: number, number: string]> = [
    [start + 50 * DAY, draft],
    [start + 183 * DAY, over],
    [start + 396 * DAY, open],
  ]
  for (const [until, number] of steps) {
    clock.at = until - 1
    t.equal(await round(world, 'old-requests'), 0)
    t.ok(await isThere(number))
    clock.at = until
    t.equal(await round(world, 'old-requests'), 1)
    t.notOk(await isThere(number))
  }
})

t.test('an answer of long ago that is taken back does not delete the request at once', async (t) => {
  const world = await newRequestWorld(t)
  const { desk, consumerId, clock } = world
  const number = await sent(world)
  clock.at += 390 * DAY
  await desk.markAnswered(consumerId, number, true)
  clock.at += 100 * DAY
  await desk.markAnswered(consumerId, number, false)
  t.equal((await viewOf(world, number)).keptUntil, clock.at + 83 * DAY, 'as it said before')
  clock.at += 80 * DAY
  await desk.markAnswered(consumerId, number, true)
  clock.at += 180 * DAY
  await desk.markAnswered(consumerId, number, false)
  t.equal((await viewOf(world, number)).keptUntil, clock.at + 30 * DAY)
})

t.test('a form that was kept before a field was added to it has that field empty', async (t) => {
  const world = await newRequestWorld(t)
  const number = await filled(world)
  const row = await world.store.read.requests.byNumber(number)
  if (!row) return t.fail('no row')
  const { formats: _formats, ...content } = (await viewOf(world, number)).content
  const contentSealed = world.store.keyring.seal('request', row.id, Buffer.from(JSON.stringify({ content, received: [] })))
  await world.store.write(({ requests }) => requests.change(row, { contentSealed }))
  t.strictSame((await viewOf(world, number)).content.formats, [])
})
