// The page of her details.

import t from 'tap'
import { zoneGroups, zoneName } from '../../src/web/zones.js'
import { NOW, newWorld, signedIn, Visitor, webServer } from './fakes.js'

const FORM = {
  language: 'es',
  timeZone: 'America/Denver',
  showProvider: 'yes',
  name: 'Maria Example',
  postalAddress: '1 Sample Street\r\nTown',
}

t.test('shows what is chosen, and saves what she sends', async (t) => {
  const world = newWorld()
  const { account } = world
  const person = { name: 'Maria "M" Example', postalAddress: '1 Sample Street\nTown' }
  if (account) world.account = { ...account, preferences: { timeZone: 'America/Denver', showProvider: true, person } }
  const visitor = await signedIn(await webServer(world))
  t.match((await visitor.get('/profile')).payload, /English\. Times in Mountain Time\.[\s\S]*href="\/profile\/details"/)
  const { payload } = await visitor.get('/profile/details')
  t.match(payload, /<option value="en" selected>English<\/option>\s*<option value="es">Español<\/option>/)
  t.match(payload, /<option value="America\/Denver" selected>Mountain Time \(Denver, America\)<\/option>/)
  t.match(payload, /value="Maria &quot;M&quot; Example"/)
  t.match(payload, /1 Sample Street\nTown<\/textarea>/)
  t.match(payload, /name="showProvider"[^>]*value="yes" checked/)
  t.notMatch(payload, /data-own-zone/, 'the script leaves a choice alone')
  const saved = await visitor.post('/profile/details', FORM)
  t.match(saved, { statusCode: 303, headers: { location: '/profile?done=details' } })
  const { showProvider: _, ...rest } = FORM
  t.equal(
    world.asked.at(-1),
    `savePreferences session-1 ${JSON.stringify({ language: 'es', timeZone: 'America/Denver', showProvider: true, name: rest.name, postalAddress: rest.postalAddress })}`,
  )
  t.match((await visitor.get('/profile?done=details')).payload, /Sus datos están guardados/, 'in the language she chose')
})

t.test('nothing chosen is nothing', async (t) => {
  const world = newWorld()
  const visitor = await signedIn(await webServer(world))
  t.match((await visitor.get('/profile')).payload, /Times in UTC/)
  t.match((await visitor.get('/profile/details')).payload, /data-own-zone/)
  await visitor.post('/profile/details', { language: 'en', timeZone: '', name: '', postalAddress: '' })
  t.match(world.asked.at(-1), /"timeZone":null,"showProvider":false/)
})

t.test('each problem is said beside its field, and what was typed stays', async (t) => {
  const world = newWorld()
  const fields = ['name', 'postalAddress'] as const
  const unknown = ['language', 'timeZone'] as const
  world.preferences = {
    kind: 'problems',
    problems: [
      ...fields.map((field) => ({ field, reason: 'too-long' as const })),
      ...unknown.map((field) => ({ field, reason: 'unknown' as const })),
    ],
  }
  const visitor = await signedIn(await webServer(world))
  const { payload, statusCode } = await visitor.post('/profile/details', FORM)
  t.equal(statusCode, 422)
  for (const field of [...fields, ...unknown]) {
    t.match(payload, new RegExp(`href="#${field}"`), field)
    t.match(payload, new RegExp(`id="${field}-error"`), field)
  }
  t.match(payload, /value="Maria Example"/)
})

t.test('who is not signed in is asked to', async (t) => {
  const world = newWorld()
  const stranger = new Visitor(await webServer(world))
  t.match((await stranger.get('/profile/details')).headers, { location: '/sign-in' })
  t.match((await stranger.post('/profile/details', FORM)).headers, { location: '/sign-in' })
  world.preferences = { kind: 'signed-out' }
  t.match((await (await signedIn(await webServer(world))).post('/profile/details', FORM)).headers, { location: '/sign-in' })
})

t.test('time zones go by their names in the United States, and by their city elsewhere', async (t) => {
  const [here, all] = zoneGroups('en', 'Here', 'All', NOW)
  t.match(here?.zones[1], { value: 'America/New_York', text: 'Eastern Time (New York, America)' })
  t.ok(all?.zones.some(({ text }) => text === 'Buenos Aires, America'))
  t.ok((all?.zones.length ?? 0) > 300)
  t.equal(zoneName('America/Chicago', 'es', NOW), 'hora central')
})
