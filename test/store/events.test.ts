import t from 'tap'
import { type Event, eventsTable } from '../../src/store/events.js'
import { temporaryDatabase } from './support.js'

const event = (changes: Partial<Event> = {}): Event => ({
  id: 'event-1',
  at: 1000,
  kind: 'opened',
  actor: 'consumer',
  packageId: 'package-1',
  consumerId: 'consumer-1',
  providerId: null,
  intakeNumber: null,
  details: { documents: 2, first: true, way: 'site' },
  ...changes,
})

t.test('the events of a package come back in the order they happened', async (t) => {
  const database = await temporaryDatabase(t)
  const later = event({ id: 'event-0', at: 2000 })
  await database.write(async (trx) => {
    await eventsTable(trx).append(later)
    await eventsTable(trx).append(event())
    await eventsTable(trx).append(event({ id: 'event-9', packageId: 'package-2' }))
  })
  t.strictSame(await eventsTable(database.read).forPackage('package-1'), [event(), later])
})

t.test('the database itself refuses to change or remove an event', async (t) => {
  const database = await temporaryDatabase(t)
  await database.write((trx) => eventsTable(trx).append(event()))
  const refused = { name: 'StoreError', failure: 'constraint' }
  await t.rejects(
    database.write((trx) => trx('events').update({ actor: 'nobody' })),
    refused,
  )
  await t.rejects(
    database.write((trx) => trx('events').delete()),
    refused,
  )
  await t.rejects(
    database.write((trx) => trx.raw("REPLACE INTO events SELECT id, at, kind, 'nobody', NULL, NULL, NULL, NULL, details FROM events")),
    refused,
  )
  t.strictSame(await eventsTable(database.read).forPackage('package-1'), [event()])
})
