// What a person chose and told us of herself: language, time zone, whether mails name the clinic; name and postal address, for the forms
// she makes here. Name and address are sealed: nothing but those forms needs them.

import { isTimeZone } from '../dates.js'
import type { Consumer } from '../store/consumers.js'
import type { Keyring } from '../store/keyring.js'
import type { Person, PreferenceProblem, PreferencesForm, PreferencesOutcome } from './desk.js'
import { signedInConsumer } from './sessions.js'
import { type AccountTools, recordEvent } from './tools.js'

const MAX_NAME = 100
const MAX_ADDRESS = 400

export interface PreferenceTools extends AccountTools {
  /** Those the catalogue speaks. */
  readonly languages: readonly string[]
}

/** See AccountsDesk.savePreferences. */
export async function savePreferences(tools: PreferenceTools, session: string, form: PreferencesForm): Promise<PreferencesOutcome> {
  const consumer = await signedInConsumer(tools, session)
  if (!consumer) return { kind: 'signed-out' }
  const person = { name: oneLine(form.name), postalAddress: lines(form.postalAddress) }
  const { language, timeZone, showProvider } = form
  const problems = judge(person, form, tools.languages)
  if (problems.length > 0) return { kind: 'problems', problems }
  const { keyring } = tools.store
  const personSealed = isEmpty(person) ? null : keyring.seal('person', consumer.id, Buffer.from(JSON.stringify(person)))
  const isSaved = await tools.store.write(async (tables) => {
    if (!(await tables.consumers.setPreferences(consumer.id, { language, timeZone, showProvider, personSealed }))) return false
    await recordEvent(tables, { at: tools.clock.now(), kind: 'preferences-saved', actor: 'consumer', consumerId: consumer.id })
    return true
  })
  return { kind: isSaved ? 'saved' : 'signed-out' }
}

/** What she told us of herself; empty texts where she did not. */
export function personOf({ id, personSealed }: Consumer, keyring: Keyring): Person {
  if (personSealed === null) return { name: '', postalAddress: '' }
  return JSON.parse(keyring.open('person', id, personSealed).toString())
}

function judge(person: Person, { language, timeZone }: PreferencesForm, languages: readonly string[]): PreferenceProblem[] {
  const problems: PreferenceProblem[] = []
  if (person.name.length > MAX_NAME) problems.push({ field: 'name', reason: 'too-long' })
  if (person.postalAddress.length > MAX_ADDRESS) problems.push({ field: 'postalAddress', reason: 'too-long' })
  if (!languages.includes(language)) problems.push({ field: 'language', reason: 'unknown' })
  if (timeZone !== null && !isTimeZone(timeZone)) problems.push({ field: 'timeZone', reason: 'unknown' })
  return problems
}

function isEmpty({ name, postalAddress }: Person): boolean {
  return name === '' && postalAddress === ''
}

function oneLine(text: string): string {
  return text
    .normalize('NFC')
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim()
}

function lines(text: string): string {
  return text
    .split(/\r\n|\r|\n/)
    .map(oneLine)
    .filter(Boolean)
    .join('\n')
}
