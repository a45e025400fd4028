// Every mail the two desks queue is drawn with the real templates: a value they miss would only show when somebody needs the mail.

import t from 'tap'
import { adminRegistry } from '../../src/accounts/admins.js'
import { DESIGN_SYSTEM, TEMPLATES, TEXTS } from '../../src/folders.js'
import { createTemplates } from '../../src/templates.js'
import { loadTexts } from '../../src/texts.js'
import { ANSWER, addPackage, DAY, enrol, newWorld, open, signIn, tokenOf, type World } from './world.js'

const texts = loadTexts(TEXTS)
const templates = createTemplates([TEMPLATES, DESIGN_SYSTEM], texts)
const OPERATOR = { operatorName: 'Sample Postbox', operatorContact: 'help@example.org' }

async function causeAll(world: World): Promise<void> {
  const queueMail = async (_tables: unknown, mail: World['mails'][number]) => {
    world.mails.push(mail)
  }
  const clock = { now: () => world.time }
  await adminRegistry({ store: world.store, clock, queueMail, publicUrl: () => 'https://postbox.example.org' }).invite('admin@example.org')
  await signIn(world, 'admin@example.org', 'admin')
  const { consumerId, session } = await enrol(world)
  await open(world, await addPackage(world, consumerId))
  const { life } = world.accounts
  await life.changeAddress(session, { address: 'admin@example.org', presentAnswer: ANSWER })
  await life.cancelAddress(session)
  await signIn(world, 'taken@example.org')
  await life.changeAddress(session, { address: 'taken@example.org', presentAnswer: ANSWER })
  await life.cancelAddress(session)
  await life.changeAddress(session, { address: 'moved@example.org', presentAnswer: ANSWER })
  const moving = ['address-old', 'address-new'].map((name) => world.mails.filter(({ template }) => template === name).at(-1))
  for (const mail of moving) await life.confirmAddress(tokenOf(mail), session)
  await world.accounts.startReset(session)
  await world.accounts.setQuestion(session, {
    question: 'Who laughed on the boat?',
    answer: 'none of them',
    again: 'none of them',
    presentAnswer: ANSWER,
  })
  await world.accounts.startReset(session)
  for (const days of [1, 2]) {
    world.time += days * DAY
    await world.accounts.rounds.find(({ name }) => name === 'reset-reminders')?.run()
  }
  for (let count = 0; count < 20; count++) {
    if (count === 10) await signIn(world, 'moved@example.org')
    world.time = Math.max(world.time, (await world.store.read.answers.get(consumerId, 2))?.nextTryAt ?? 0)
    await world.accounts.answerCheck.check(consumerId, 2, 'wrong answer')
  }
  await causeAsking(world)
}

/** Somebody who forgets her postbox for a year, and then closes it. */
async function causeAsking(world: World): Promise<void> {
  await enrol(world, 'kim@example.org')
  world.time += 370 * DAY
  for (const name of ['practice-mails', 'unused-postboxes']) await world.accounts.rounds.find((round) => round.name === name)?.run()
  await world.accounts.life.close(await signIn(world, 'kim@example.org'), ANSWER)
}

t.test('every mail of the desks is drawn, and shows its link', async (t) => {
  const world = await newWorld(t)
  await causeAll(world)
  for (const { template, values, language } of world.mails) {
    const context = { ...OPERATOR, ...values }
    t.ok(texts.in(language)(`mail.${template}.subject`, context), `${template} has a subject`)
    for (const kind of ['txt', 'html']) {
      const drawn = templates.render(`mail/${template}.${kind}`, language, context)
      const link = values.link ?? values.cancelLink ?? values.signInLink
      if (link) t.ok(drawn.includes(String(link)), `${template}.${kind} shows its link`)
      if (values.code) t.ok(drawn.includes(String(values.code)), `${template}.${kind} shows the characters`)
    }
  }
  const drawn = [...new Set(world.mails.map(({ template }) => template))].sort()
  const moved = ['address-changed', 'address-new', 'address-old', 'address-taken']
  const accounts = [...moved, 'admin-invitation', 'admin-sign-in', 'answer-changed', 'answer-frozen', 'answer-locked', 'answer-slowed']
  const life = ['closed', 'opened', 'practice', 'reset-reminder', 'reset-started', 'sign-in', 'unused']
  t.strictSame(drawn, [...accounts, ...life])
})

t.test('no mail is queued twice under one key, and none holds what it must not', async (t) => {
  const world = await newWorld(t)
  await causeAll(world)
  const keys = world.mails.map(({ idempotencyKey }) => idempotencyKey)
  t.equal(new Set(keys).size, keys.length)
  for (const secret of ['straw', 'lake', 'boat', 'none of them', '4821007391556241']) t.notOk(JSON.stringify(world.mails).includes(secret))
})
