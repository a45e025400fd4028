// Her packages: what waits, what was opened, what has ended, and keeping one longer. Whoever isn't signed in reads how to get there.

import type { Request, ResponseObject, ResponseToolkit, ServerRoute } from '@hapi/hapi'
import type { Account } from '../../accounts/desk.js'
import { formatPackageNumber, readPackageNumber } from '../../hip/number.js'
import type { PackageEntry } from '../../retrieval/desk.js'
import { type App, param, query, seeOther } from '../app.js'
import { signedInConsumer } from '../signed-in.js'

type Signed = (account: Account, request: Request, h: ResponseToolkit) => Promise<ResponseObject>

export function packagesRoutes(app: App): ServerRoute[] {
  const signed = (work: Signed) => async (request: Request, h: ResponseToolkit) => {
    const account = await signedInConsumer(app, request)
    return account ? work(account, request, h) : seeOther(h, '/packages')
  }
  return [
    { method: 'GET', path: '/packages', handler: (request, h) => show(app, request, h) },
    { method: 'GET', path: '/packages/{number}/extend', handler: signed((account, request, h) => askExtend(app, account, request, h)) },
    { method: 'POST', path: '/packages/{number}/extend', handler: signed((account, request, h) => extend(app, account, request, h)) },
  ]
}

async function show(app: App, request: Request, h: ResponseToolkit): Promise<ResponseObject> {
  const account = await signedInConsumer(app, request)
  if (!account) return app.page(request, h, 'packages-signed-out')
  const { entries, isMore } = await app.deps.retrieval.packages(account.id)
  const lists = {
    waiting: entries.filter(({ ended, lastOpenedAt }) => !ended && lastOpenedAt === null).map(inWords),
    opened: entries.filter(({ ended, lastOpenedAt }) => !ended && lastOpenedAt !== null).map(inWords),
    ended: entries.filter(({ ended }) => ended).map(inWords),
  }
  return app.page(request, h, 'packages', { lists, count: entries.length, isMore, ...doneOf(request, entries) })
}

function inWords(entry: PackageEntry): PackageEntry & { readonly reference: string } {
  return { ...entry, reference: formatPackageNumber(entry.number) }
}

/** What the last press of a button did, as far as the list bears it out: anybody can write such a link. */
function doneOf(request: Request, entries: readonly PackageEntry[]) {
  const kept = entries.find((entry) => entry.number === query(request, 'kept') && entry.extendsTo === null && entry.ended === null)
  return { kept: kept ? inWords(kept) : null, isNotKept: query(request, 'done') === 'not-kept' }
}

async function askExtend(app: App, account: Account, request: Request, h: ResponseToolkit): Promise<ResponseObject> {
  const number = readPackageNumber(param(request, 'number'))
  const { entries } = await app.deps.retrieval.packages(account.id)
  const entry = entries.find((each) => each.number === number)
  if (!entry?.extendsTo) return seeOther(h, '/packages?done=not-kept')
  const t = app.t(request)
  const words = app.words(request)
  const until = words.date(entry.extendsTo)
  return app.page(request, h, 'confirm', {
    heading: t('packages.keep.title'),
    paragraphs: [
      t('packages.keep.text', { number: formatPackageNumber(entry.number), date: words.date(entry.expiresAt) }),
      t('packages.keep.offer', { until }),
    ],
    action: `/packages/${entry.number}/extend`,
    yes: t('packages.keep.yes', { until }),
    no: { href: '/packages', text: t('packages.keep.no') },
  })
}

async function extend(app: App, account: Account, request: Request, h: ResponseToolkit): Promise<ResponseObject> {
  const number = readPackageNumber(param(request, 'number'))
  const until = number === null ? null : await app.deps.retrieval.extendOwn(account.id, number)
  return seeOther(h, until === null ? '/packages?done=not-kept' : `/packages?kept=${number}`)
}
