// Every page is a whole page: status, language, title, one heading, and no text that is missing.

import t, { type Test } from 'tap'
import { AT, copiesWorld } from './copies-world.js'
import { NOW, NUMBER, newWorld, opened, settings, signedIn, Visitor, type WebServer, webServer } from './fakes.js'

const outgoing = {
  list: async () => [{ id: 'm1', at: NOW, from: 'postbox@example.org', to: 'maria@example.org', subject: 'A package for you' }],
  read: async (id: string) =>
    id === 'm1'
      ? {
          id,
          at: NOW,
          from: 'postbox@example.org',
          to: 'maria@example.org',
          subject: 'A package for you',
          text: `Code 1234\nhttp://${'localhost:8080'}/open/${NUMBER}.`,
        }
      : null,
}

function isWholePage(t: Test, html: string, what: string): void {
  t.match(html, /^\s*<!DOCTYPE html>\s*<html lang="en"/, `${what}: language`)
  t.match(html, /<title>[^<\s][^<]* – HePoEx<\/title>/, `${what}: title`)
  t.equal(html.match(/<h1[\s>]/g)?.length, 1, `${what}: one h1`)
  t.notMatch(
    html,
    /undefined|\[object |NHS|nhs\.uk|web\.[a-z-]+\.[a-z-]+|\bpackages\.[a-z-]+/,
    `${what}: nothing missing, nobody else's name`,
  )
  t.notMatch(html, /\sstyle=|\son[a-z]+=/, `${what}: no inline style or handler`)
}

async function eachPage(server: WebServer): Promise<Array<[string, string, number]>> {
  const pages: Array<[string, string, number]> = []
  const visit = async (visitor: Visitor, ...paths: string[]) => {
    for (const path of paths) {
      const answer = await visitor.get(path)
      pages.push([path, answer.payload, answer.statusCode])
    }
  }
  const stranger = new Visitor(server)
  await visit(stranger, '/', '/privacy', '/providers', '/provider', '/help', '/packages', '/forms', '/open', `/open/${NUMBER}`, '/sign-in')
  await visit(stranger, '/providers/cover-sheet')
  await visit(stranger, '/admin/sign-in', '/sign-in/link/abc', '/cancel-reset/abc', '/signed-out', '/outgoing', '/outgoing/m1')
  await stranger.post('/sign-in', { address: 'maria@example.org' })
  await visit(stranger, '/sign-in/code')
  await stranger.post(`/open/${NUMBER}`, { code: '4821007391556241' })
  await visit(stranger, `/open/${NUMBER}/question`)
  await visit(await opened(server), '/records', '/records/delete', '/records/not-mine', '/records?done=extended')
  await visit(await signedIn(server), '/profile', '/profile/question', '/profile/reset', '/profile?done=saved', '/profile/postbox')
  await visit(await signedIn(server), '/packages', `/packages/${NUMBER}/extend`, '/packages?done=not-kept')
  return pages
}

t.test('every page is 200 and whole', async (t) => {
  const server = await webServer(newWorld(), { outgoing })
  for (const [path, html, status] of await eachPage(server)) {
    t.equal(status, 200, path)
    isWholePage(t, html, path)
  }
})

t.test('the list with copies and the page of each document are whole', async (t) => {
  const visitor = await opened(await webServer(copiesWorld()))
  for (const path of ['/records', ...Object.values(AT).map((index) => `/records/view/${index}`)]) {
    const answer = await visitor.get(path)
    t.equal(answer.statusCode, 200, path)
    isWholePage(t, answer.payload, path)
  }
})

t.test('the admin pages are whole', async (t) => {
  const world = newWorld()
  world.account = {
    role: 'admin',
    postboxNumber: null,
    signedInAt: NOW,
    id: 'a1',
    address: 'admin@example.org',
    language: 'en',
    question: 'unset',
    answerState: 'ok',
    reset: null,
    preferences: null,
  }
  const visitor = await signedIn(await webServer(world))
  for (const path of ['/admin', '/admin/log']) {
    const answer = await visitor.get(path)
    t.equal(answer.statusCode, 200)
    isWholePage(t, answer.payload, path)
  }
})

t.test('every state of the profile is whole', async (t) => {
  const states = [
    { question: 'unset' as const },
    { answerState: 'locked' as const },
    { answerState: 'frozen' as const },
    { reset: { effectiveAt: NOW + 1000 } },
    { reset: { effectiveAt: NOW } },
  ]
  for (const state of states) {
    const world = newWorld()
    if (world.account) world.account = { ...world.account, ...state }
    const answer = await (await signedIn(await webServer(world))).get('/profile')
    t.equal(answer.statusCode, 200)
    isWholePage(t, answer.payload, JSON.stringify(state))
  }
})

t.test('/register leads to /sign-in', async (t) => {
  const answer = await new Visitor(await webServer(newWorld())).get('/register')
  t.equal(answer.statusCode, 302)
  t.equal(answer.headers.location, '/sign-in')
})

t.test('the contact of the operator is on every page', async (t) => {
  const answer = await new Visitor(await webServer(newWorld())).get('/')
  t.match(answer.payload, settings.operator.email)
})

t.test('text from a stranger is escaped', async (t) => {
  const world = newWorld()
  if (world.records) {
    const [first] = world.records.documents
    world.records = {
      ...world.records,
      providerName: '<b>Clinic</b>',
      documents: first ? [{ ...first, name: '<script>alert(1)</script>.pdf' }] : [],
    }
  }
  const answer = await (await opened(await webServer(world))).get('/records')
  t.notMatch(answer.payload, '<script>alert')
  t.notMatch(answer.payload, '<b>Clinic')
  t.match(answer.payload, '&lt;script&gt;alert(1)&lt;/script&gt;.pdf')
})
