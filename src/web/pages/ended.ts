// Where a way ends: why, what it means, and what to do now.

import type { Request, ResponseObject, ResponseToolkit } from '@hapi/hapi'
import { formatPackageNumber } from '../../hip/number.js'
import type { Ended, EndedKind } from '../../retrieval/desk.js'
import type { App } from '../app.js'
import { type AskedAgain, readyMail } from '../ask-again.js'
import { signedInConsumer } from '../signed-in.js'

/** After "busy", when to try again. */
export const BUSY_MS = 5000

/** `session`: the records were open and are not any more. `damaged`: the sealed file is broken. */
export type EndKind = EndedKind | 'session' | 'damaged'

const STATUS: Readonly<Record<EndKind, number>> = {
  expired: 410,
  deleted: 410,
  recalled: 410,
  undeliverable: 410,
  'not-mine': 410,
  locked: 423,
  frozen: 410,
  over: 409,
  session: 409,
  damaged: 500,
}

/** Kinds after which a word with the people who run the service helps. */
const CONTACT: ReadonlySet<EndKind> = new Set(['deleted', 'not-mine', 'damaged'])

/** Kinds after which the records have to be sent again, and what the clinic is asked. */
const ASKED: Readonly<Partial<Record<EndKind, AskedAgain['why']>>> = {
  expired: 'again',
  deleted: 'again',
  undeliverable: 'again',
  'not-mine': 'again',
  frozen: 'again',
  damaged: 'again',
  recalled: 'recalled',
}

/**
 * @param number the package, canonical; null when it is not known any more. Drops the cookies that lead nowhere now, and leaves a ticket
 * for another package alone.
 * @param sender as the desk told it, after a right code.
 */
export async function endedPage(
  app: App,
  request: Request,
  h: ResponseToolkit,
  kind: EndKind,
  number: string | null,
  sender?: Ended['sender'],
): Promise<ResponseObject> {
  const t = app.t(request)
  const href = { locked: '/sign-in', frozen: '/profile', over: number ? `/open/${number}` : '/open', session: '/open' }[kind as string]
  const why = ASKED[kind]
  const context = {
    heading: t(`web.ended.${kind}.title`),
    paragraphs: [
      t(`web.ended.${kind}.text`),
      ...(sender ? [t('packages.ask.sender', { provider: sender.providerName })] : []),
      t(`web.ended.${kind}.next`),
    ],
    link: href && { href, text: t(`web.ended.${kind}.link`) },
    contact: CONTACT.has(kind),
    askAgain: why && number ? await askAgain(app, request, { why, number, sender }) : null,
  }
  const response = await app.page(request, h, 'message', context, { status: STATUS[kind] })
  if (kind === 'session') return app.cookies.drop(response, 'pass')
  const ticket = app.cookies.get(request, 'ticket')
  return ticket && ticket.number !== number ? response : app.cookies.drop(response, 'ticket')
}

interface Asking {
  readonly why: AskedAgain['why']
  readonly number: string
  readonly sender: Ended['sender']
}

async function askAgain(app: App, request: Request, { why, number, sender }: Asking) {
  const id = (await signedInConsumer(app, request))?.address ?? null
  const about = { why, reference: formatPackageNumber(number), id, intakeNumber: sender?.intakeNumber ?? null }
  return readyMail(app.t(request), app.english(request), about)
}
