// The ways through the house that the sweep follows, each from a folder prepared for it. A way may break off anywhere: what must hold
// afterwards is looked at by check.mjs.

import { linksOf, Visitor } from '../visitor.mjs'
import { CHARTS, mailsTo, newMessage, newUnrouted, noticesOf, openRecords, PERSON, SENDER, send, signIn, wait } from './town.mjs'

export const QUESTION = 'Whose boat is in the story?'
export const ANSWER = 'the wandering albatross'
export const NEW_ANSWER = 'a lighthouse keeper in winter'
const NEW_ADDRESS = 'pat@elsewhere.example'
/** What she writes in a form: nowhere to be found afterwards but in the mail to the clinic. */
export const FORM = {
  person: {
    ...{ name: 'Zephyrine Sample', 'bornOn-day': '27', 'bornOn-month': '3', 'bornOn-year': '1980' },
    ...{ postalAddress: '4711 Lantern Quay', phone: '+1 555 010 0142' },
  },
  provider: { slug: 'clinic' },
  records: { records: 'other', otherRecords: 'the letters about the lighthouse' },
  delivery: {},
  signature: { way: 'typed', typedName: 'Zephyrine Sample', isAgreed: 'yes' },
}
export const FORM_WORDS = ['Zephyrine', '4711 Lantern Quay', '555 010 0142', 'letters about the lighthouse']
const HOUR = 3_600_000

/** Throws unless the page is a good one at such an address. */
function expect({ status, url }, where) {
  if (status !== 200 || !where.test(url)) throw new Error(`not the page that was expected: ${status} ${new URL(url).pathname}`)
}
const DAY = 24 * HOUR

/**
 * `base`: which prepared folder. `every`: 3 is every third touch only, for a way whose first half, signing in, others walk whole. `arm`:
 * the fault may strike from the start of the service on. `aheadMs`: how late it is. `run` resolves when there is nothing left to happen;
 * what it throws is a way that broke off.
 */
export const FLOWS = [
  { name: 'start', base: 'sent', arm: true, run: async () => {} },
  {
    name: 'intake, hand-off, receipt',
    base: 'enrolled',
    run: async ({ town, relay, account, record, isOver }) => {
      const message = { ...newMessage(record.marker), isNew: true }
      record.sent.push(message)
      if ((await send(town, account, message)) !== 250) return
      message.isTaken = true
      await wait(() => mailsTo(relay, SENDER, /intake number/i)[0], 6000, isOver)
    },
  },
  {
    name: 'held',
    base: 'enrolled',
    run: async ({ town, relay, account, record, isOver }) => {
      const message = { ...newUnrouted(record.marker), isNew: true }
      record.sent.push(message)
      if ((await send(town, account, message)) !== 250) return
      message.isTaken = true
      await wait(() => mailsTo(relay, SENDER, /^Reply-To: /m)[0], 6000, isOver)
    },
  },
  {
    name: 'held, sent on',
    base: 'held',
    answers: true,
    run: async ({ town, relay, account, record, isOver }) => {
      if ((await send(town, account, record.answer)) !== 250) return
      await wait(() => noticesOf(relay)[0] && mailsTo(relay, SENDER, /does not prove delivery/)[0], 10_000, isOver)
    },
  },
  { name: 'held, out of time', base: 'held', arm: true, aheadMs: 15 * DAY, acts: ['held-expired'], run: async () => {} },
  {
    name: 'retrieval',
    base: 'sent',
    run: async ({ town, record }) => {
      const { visitor, page } = await openRecords(town, record.notices[0], ANSWER)
      const documents = linksOf(page.html).filter(({ href }) => /\/records\/documents\/\d+/.test(href))
      if (documents.length < 2) throw new Error('the documents are not listed')
      for (const { href } of documents) expect(await visitor.open(href), /\/documents\//)
      expect(await visitor.open('/records/all.zip'), /\/all\.zip$/)
    },
  },
  {
    name: 'deleting',
    base: 'sent',
    run: async ({ town, record }) => {
      const { visitor } = await openRecords(town, record.notices[0], ANSWER)
      record.acts.add('deleted')
      expect(await visitor.submit(await visitor.open('/records/delete')), /\/records/)
    },
  },
  {
    name: 'records of somebody else',
    base: 'sent',
    run: async ({ town, record }) => {
      const { visitor } = await openRecords(town, record.notices[0], ANSWER)
      record.acts.add('not-mine')
      expect(await visitor.submit(await visitor.open('/records/not-mine')), /\/records/)
    },
  },
  {
    name: 'keeping longer',
    base: 'sent',
    every: 3,
    run: async ({ town, relay, record, isOver }) => {
      const visitor = await signIn(town, relay, isOver)
      const page = await visitor.open(`/packages/${record.notices[0].number}/extend`)
      expect(await visitor.submit(page), /\/packages\?kept=/)
    },
  },
  {
    name: 'a new address',
    base: 'sent',
    every: 3,
    run: async ({ town, relay, isOver }) => {
      const visitor = await signIn(town, relay, isOver)
      const page = await visitor.open('/profile/address')
      expect(await visitor.submit(page, { address: NEW_ADDRESS, presentAnswer: ANSWER }), /\/profile\/address/)
      for (const mailbox of [PERSON, NEW_ADDRESS]) {
        const mail = await wait(() => mailsTo(relay, mailbox, /\/confirm-address\//)[0], 10_000, isOver)
        if (mail === null) throw new Error('no mail to agree to the new address')
        const stranger = new Visitor(town.webUrl)
        expect(await stranger.submit(await stranger.open(mail.match(/\/confirm-address\/[\w-]+/)[0])), /\/confirm-address\//)
      }
    },
  },
  {
    name: 'closing',
    base: 'sent',
    every: 3,
    run: async ({ town, relay, record, isOver }) => {
      const visitor = await signIn(town, relay, isOver)
      record.acts.add('deleted')
      expect(await visitor.submit(await visitor.open('/profile/close'), { presentAnswer: ANSWER }), /\//)
    },
  },
  {
    name: 'a request, mailed by us',
    base: 'asking',
    every: 3,
    run: async ({ town, relay, record, isOver }) => {
      const visitor = await signIn(town, relay, isOver)
      expect(await visitor.submit(await visitor.open(`/forms/${record.request}/mail`)), /\/forms\/\w+\?done=mailed/)
      await wait(() => mailsTo(relay, CHARTS, /^Subject: Request /m)[0], 10_000, isOver)
    },
  },
  {
    name: 'recall',
    base: 'sent',
    run: async ({ town, record }) => {
      record.acts.add('recalled')
      const { kind } = await town.recall(record.notices[0].number)
      if (kind !== 'recalled') throw new Error(`not recalled: ${kind}`)
    },
  },
  { name: 'expiry', base: 'sent', arm: true, aheadMs: 31 * DAY, acts: ['expired'], run: async () => {} },
  {
    name: 'reset, begun and cancelled',
    base: 'sent',
    run: async ({ town, relay, isOver }) => {
      const visitor = await signIn(town, relay, isOver)
      await visitor.submit(await visitor.open('/profile/reset'))
      const profile = await visitor.open('/profile')
      if (!profile.html.includes('/profile/reset/cancel')) throw new Error('the reset does not run')
      const after = await visitor.submit(profile)
      if ((await visitor.open('/profile')).html.includes('/profile/reset/cancel')) throw new Error(`not cancelled: ${after.status}`)
    },
  },
  {
    name: 'reset, reminded',
    base: 'resetting',
    arm: true,
    aheadMs: 25 * HOUR,
    run: async ({ relay, isOver }) => {
      if (!(await wait(() => mailsTo(relay, PERSON, /cancel-reset/)[0], 10_000, isOver))) throw new Error('no reminder')
    },
  },
  {
    name: 'reset, finished',
    base: 'resetting',
    aheadMs: 73 * HOUR,
    run: async ({ town, relay, record, isOver }) => {
      const visitor = await signIn(town, relay, isOver)
      record.answers = [ANSWER, NEW_ANSWER]
      const fields = { question: 'Who looks after the lamp?', answer: NEW_ANSWER, again: NEW_ANSWER }
      expect(await visitor.submit(await visitor.open('/profile/reset/finish'), fields), /\/profile(\?.*)?$/)
      record.answers = [NEW_ANSWER]
    },
  },
]
