// What the law wants on these papers, one line each: where it says so, on which papers, and which text of the catalogue (forms.json) does
// it. The papers are drawn from this table, so that whoever checks the law reads this file and that one. Citations are to the rules as in
// force in November 2026; a lawyer has to confirm them before the forms are used.

import type { Text } from '../../texts.js'

/** `notes`: an authorization for psychotherapy notes, which names nothing else. */
export type PaperKind = 'access' | 'authorization' | 'notes' | 'reminder' | 'revocation'

export interface LegalElement {
  readonly id: string
  readonly citation: string
  readonly on: readonly PaperKind[]
  /** Of its text in the catalogue, without 'forms.'. */
  readonly key: string
  /** `statement`: a sentence, drawn with its citation under the heading of the same name. `part`: a field or a heading that does it. */
  readonly as: 'part' | 'statement.access' | 'statement.rights' | 'statement.part2' | 'letter'
}

const both: readonly PaperKind[] = ['authorization', 'notes']
const part = (id: string, citation: string, on: readonly PaperKind[], key: string): LegalElement => ({ id, citation, on, key, as: 'part' })
const access = (id: string, citation: string): LegalElement => ({ id, citation, on: ['access'], key: `law.${id}`, as: 'statement.access' })
const rights = (id: string, citation: string, on = both): LegalElement => ({ id, citation, on, key: `law.${id}`, as: 'statement.rights' })
/** Of treatment for substance use. */
const part2 = (id: string, citation: string): LegalElement => ({
  ...{ id: `part2-${id}`, citation, on: ['authorization'], key: `law.part2-${id}`, as: 'statement.part2' },
})
const letter = (id: string, citation: string, on: PaperKind): LegalElement => ({
  id,
  citation,
  on: [on],
  key: `letters.${id}`,
  as: 'letter',
})

/** In the order in which they are drawn. */
export const ELEMENTS: readonly LegalElement[] = [
  access('access-right', '45 CFR 164.524(a)(1)'),
  access('access-due', '45 CFR 164.524(b)(2)(i)'),
  access('access-longer', '45 CFR 164.524(b)(2)(ii)'),
  access('access-format', '45 CFR 164.524(c)(2)(i) and (ii)'),
  access('access-manner', '45 CFR 164.524(c)(3)(i)'),
  access('access-email', '45 CFR 164.524(c)(2) and (3); 78 FR 5634'),
  access('access-fee', '45 CFR 164.524(c)(4)'),
  access('access-denial', '45 CFR 164.524(d)(1) and (2)'),
  access('access-representative', '45 CFR 164.502(g)'),
  access('access-verify', '45 CFR 164.514(h)'),
  access('access-not-third', '45 CFR 164.524(c)(3)(ii)'),
  access('access-not-authorization', '45 CFR 164.502(a)(2)(i)'),
  part('written-request', '45 CFR 164.524(b)(1)', ['access'], 'access.lead'),
  part('designated-record-set', '45 CFR 164.501', ['access', 'authorization'], 'records.all'),
  part('access-from-whom', '45 CFR 164.524(b)(1)', ['access'], 'provider.access'),
  part('access-to-her', '45 CFR 164.524(c)(3)', ['access'], 'box.access'),
  part('access-form-wanted', '45 CFR 164.524(c)(2)(i)', ['access'], 'delivery.title'),
  part('access-email-accepted', '45 CFR 164.524(c)(2) and (3); 78 FR 5634', ['access', 'authorization', 'notes'], 'delivery.unencrypted'),

  part('patient', '42 CFR 2.31(a)(1)', both, 'person.name'),
  part('description', '45 CFR 164.508(c)(1)(i); 42 CFR 2.31(a)(3)', ['authorization'], 'records.title-authorization'),
  part('description-sensitive', '45 CFR 164.508(c)(1)(i); 42 CFR 2.31(a)(3)', ['authorization'], 'sensitive.substance-use'),
  part('description-notes', '45 CFR 164.508(c)(1)(i) and (b)(3)(ii)', ['notes'], 'notes.check'),
  part('who-discloses', '45 CFR 164.508(c)(1)(ii); 42 CFR 2.31(a)(2)', both, 'provider.authorization'),
  part('to-whom', '45 CFR 164.508(c)(1)(iii); 42 CFR 2.31(a)(4)', both, 'box.authorization'),
  part('purpose', '45 CFR 164.508(c)(1)(iv); 42 CFR 2.31(a)(5)', both, 'purpose.title'),
  part('purpose-own', '45 CFR 164.508(c)(1)(iv); 42 CFR 2.31(a)(5)(i)', both, 'purpose.own-request'),
  part('expiry-date', '45 CFR 164.508(c)(1)(v); 42 CFR 2.31(a)(7)', both, 'expiry.on'),
  part('expiry-event', '45 CFR 164.508(c)(1)(v); 42 CFR 2.31(a)(7)', both, 'expiry.event'),
  part('expiry-default', '45 CFR 164.508(c)(1)(v); 42 CFR 2.31(a)(7)', both, 'expiry.default'),
  part('signature', '45 CFR 164.508(c)(1)(vi); 42 CFR 2.31(a)(8)', both, 'sign.by-hand'),
  part('signature-date', '45 CFR 164.508(c)(1)(vi); 42 CFR 2.31(a)(9)', both, 'sign.date'),
  part('representative', '45 CFR 164.508(c)(1)(vi); 42 CFR 2.31(a)(8)', both, 'sign.representative-name'),
  part('representative-authority', '45 CFR 164.508(c)(1)(vi)', both, 'sign.representative-authority'),
  part('plain-language', '45 CFR 164.508(c)(3)', ['authorization'], 'authorization.lead'),
  part('plain-language-notes', '45 CFR 164.508(c)(3)', ['notes'], 'psychotherapy.lead'),
  rights('revoke', '45 CFR 164.508(c)(2)(i) and (b)(5)'),
  rights('condition', '45 CFR 164.508(c)(2)(ii) and (b)(4)'),
  rights('redisclosure', '45 CFR 164.508(c)(2)(iii)'),
  rights('copy', '45 CFR 164.508(c)(4)'),
  rights('notes-apart', '45 CFR 164.508(a)(2) and (b)(3)(ii)', ['authorization']),
  rights('notes-only', '45 CFR 164.508(a)(2) and (b)(3)(ii)', ['notes']),

  part2('consent', '42 CFR 2.31(a)'),
  part2('revoke', '42 CFR 2.31(a)(6)'),
  part2('redisclosure', '42 CFR 2.31(a)(10)(i)'),
  part2('refuse', '42 CFR 2.31(a)(10)(ii)'),
  part2('counseling', '42 CFR 2.31(b)'),
  part2('court', '42 CFR 2.31(d)'),
  part2('copy', '42 CFR 2.32(b)'),
  part2('notice', '42 CFR 2.32(a)(2)'),

  letter('due-past', '45 CFR 164.524(b)(2)', 'reminder'),
  letter('due-soon', '45 CFR 164.524(b)(2)', 'reminder'),
  letter('complain', '45 CFR 160.306', 'reminder'),
  letter('take-back', '45 CFR 164.508(b)(5)', 'revocation'),
  letter('part2', '42 CFR 2.31(a)(6)', 'revocation'),
  letter('own', '45 CFR 164.524', 'revocation'),
]

/** What makes a signature on a screen one; in the text beside it. */
export const ELECTRONIC_SIGNATURE = '15 U.S.C. 7001'

/** The text of an element with its citation behind it, as it is drawn. @param key of another text that does the same. */
export function cited(id: string, text: Text, values: Readonly<Record<string, string>> = {}, key?: string): string {
  const element = ELEMENTS.find((one) => one.id === id)
  if (!element) throw new Error(`no element ${id}`)
  return `${text(`forms.${key ?? element.key}`, values)} (${element.citation})`
}

/** The statements of a paper under one heading, in order. */
export function statements(paper: PaperKind, as: LegalElement['as']): string[] {
  return ELEMENTS.filter((element) => element.as === as && element.on.includes(paper)).map(({ id }) => id)
}
