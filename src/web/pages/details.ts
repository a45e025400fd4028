// What she may tell of herself, and how she wants to hear from us: language, time zone, whether mails name the clinic, name and address.

import type { Request, ResponseObject, ResponseToolkit, ServerRoute } from '@hapi/hapi'
import type { Account, PreferencesForm } from '../../accounts/desk.js'
import { type App, field, type PageOptions, seeOther } from '../app.js'
import { ownName } from '../language.js'
import { zoneGroups } from '../zones.js'
import { consumersOnly, signedOut } from './consumers-only.js'

export function detailsRoutes(app: App): ServerRoute[] {
  const signed = consumersOnly(app)
  return [
    { method: 'GET', path: '/profile/details', handler: signed((account, _session, request, h) => page(app, request, h, formOf(account))) },
    { method: 'POST', path: '/profile/details', handler: signed((_account, session, request, h) => save(app, session, request, h)) },
  ]
}

function formOf({ language, preferences }: Account): PreferencesForm {
  const { timeZone, showProvider, person } = preferences ?? { timeZone: null, showProvider: false, person: { name: '', postalAddress: '' } }
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

async function save(app: App, session: string, request: Request, h: ResponseToolkit): Promise<ResponseObject> {
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
  if (outcome.kind === 'signed-out') return signedOut(app, h)
  if (outcome.kind === 'saved') return app.cookies.set(seeOther(h, '/profile?done=details'), 'language', { language: form.language })
  const t = app.t(request)
  const problems = outcome.problems.map(({ field: name, reason }) => ({
    field: name,
    text: t(`settings.details.problem.${name}.${reason}`),
  }))
  return page(app, request, h, form, { status: 422, problems })
}
