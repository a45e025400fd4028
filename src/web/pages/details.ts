// What she may tell of herself, and how she wants to hear from us: language, time zone, whether mails name the clinic, name and address.

import type { Request, ResponseObject, ResponseToolkit, ServerRoute } from '@hapi/hapi'
import type { Account, PreferencesForm } from '../../accounts/desk.js'
import { type App, field, type PageOptions, seeOther } from '../app.js'
import { ownName } from '../language.js'
import { zoneGroups } from '../zones.js'

export function detailsRoutes(app: App): ServerRoute[] {
  return [
    { method: 'GET', path: '/profile/details', handler: (request, h) => show(app, request, h) },
    { method: 'POST', path: '/profile/details', handler: (request, h) => save(app, request, h) },
  ]
}

async function show(app: App, request: Request, h: ResponseToolkit): Promise<ResponseObject> {
  const session = app.cookies.get(request, 'account')?.session
  const account = session ? await app.deps.accounts.account(session) : null
  if (!account) return app.cookies.drop(seeOther(h, '/sign-in'), 'account')
  const form = formOf(account)
  return form ? page(app, request, h, form) : seeOther(h, '/admin')
}

function formOf({ language, preferences }: Account): PreferencesForm | null {
  if (!preferences) return null
  const { timeZone, showProvider, person } = preferences
  return { language, timeZone, showProvider, ...person }
}

function page(app: App, request: Request, h: ResponseToolkit, form: PreferencesForm, options: PageOptions = {}): Promise<ResponseObject> {
  const t = app.t(request)
  const context = {
    form: { ...form, timeZone: form.timeZone ?? '' },
    languageItems: [...app.deps.texts.languages].sort().map((value) => ({ value, text: ownName(value) })),
    zones: zoneGroups(app.language(request), t('settings.details.time-zones-here'), t('settings.details.time-zones-all'), app.now()),
  }
  return app.page(request, h, 'details', context, options)
}

async function save(app: App, request: Request, h: ResponseToolkit): Promise<ResponseObject> {
  const session = app.cookies.get(request, 'account')?.session
  if (!session) return seeOther(h, '/sign-in')
  const zone = field(request, 'timeZone')
  const form: PreferencesForm = {
    ...{
      language: field(request, 'language'),
      timeZone: zone === '' ? null : zone,
      showProvider: field(request, 'showProvider') === 'yes',
    },
    ...{ name: field(request, 'name'), postalAddress: field(request, 'postalAddress') },
  }
  const outcome = await app.deps.accounts.savePreferences(session, form)
  if (outcome.kind === 'signed-out') return app.cookies.drop(seeOther(h, '/sign-in'), 'account')
  if (outcome.kind === 'saved') return app.cookies.set(seeOther(h, '/profile?done=details'), 'language', { language: form.language })
  const t = app.t(request)
  const problems = outcome.problems.map(({ field: name, reason }) => ({
    field: name,
    text: t(`settings.details.problem.${name}.${reason}`),
  }))
  return page(app, request, h, form, { status: 422, problems })
}
