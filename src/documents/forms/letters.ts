// The two letters that follow a form: a reminder of a request that was not answered in time (45 CFR 164.524(b)(2)), and the one that
// takes an authorization back (45 CFR 164.508(b)(5), 42 CFR 2.31(a)(6)). One page each, to be signed by hand, or as she signs a form.

import { dayInWords } from '../../dates.js'
import type { Text } from '../../texts.js'
import type { Block } from './blocks.js'
import { type FormAbout, type RecordType, SENSITIVE, type Signature } from './content.js'
import { drawModel } from './draw.js'
import { cited } from './elements.js'
import { cut } from './fit.js'
import { FormPaper } from './paper.js'
import * as parts from './parts.js'

/** How a form came to the provider. */
export type FormWay = 'mailed' | 'faxed' | 'handed-over' | 'mailed-by-us'

/** The form that a letter is about, with what became of it. */
export interface LetterAbout extends FormAbout {
  readonly requestNumber: string
  /** Times in ms since the epoch; `dueAt`: when the 30 days end. Null: when and how is not known, which a reminder has to know. */
  readonly sent: { readonly way: FormWay; readonly at: number; readonly dueAt: number } | null
  /** Of the letter, not of the form: a signature counts for what it stands below. Null: to be signed by hand. */
  readonly signature: Signature | null
  /** IANA name of the zone whose days are told; null: UTC. */
  readonly timeZone: string | null
}

interface Words {
  readonly title: string
  readonly body: readonly string[]
}

/** No value makes the letter longer than a page. */
const MOST = { name: 120, line: 80, lines: 5, other: 200, sender: 200 }

/** A PDF of one page. Of an authorization it quotes no law: nobody has to act on one. Throws where it is not known when it was sent. @param at its date, in ms since the epoch. */
export async function reminderLetterPdf(about: LetterAbout, text: Text, at: number): Promise<Buffer> {
  const { content, sent } = about
  if (sent === null) throw new Error('nothing to remind of')
  const isAccess = content.kind === 'access'
  const title = text(isAccess ? 'forms.letters.reminder' : 'forms.letters.reminder-authorization')
  const due = dayOf(sent.dueAt, about, text)
  const body = [
    text(isAccess ? 'forms.letters.asked-on' : 'forms.letters.allowed-on', sentIn(about, sent, text)),
    text('forms.letters.asked-for', { records: recordsIn(about, text) }),
    isAccess ? cited(at > sent.dueAt ? 'due-past' : 'due-soon', text, { date: due }) : text('forms.letters.hoped', { date: due }),
    text('forms.letters.missing'),
    text('forms.letters.please'),
    ...(isAccess ? [cited('complain', text)] : []),
    text('forms.letters.thanks'),
  ]
  return letter(about, text, at, { title, body }, parts.postbox(about, text, true))
}

/** A PDF of one page. Throws for a request for access: it has nothing to take back. @param at its date, in ms since the epoch. */
export async function revocationLetterPdf(about: LetterAbout, text: Text, at: number): Promise<Buffer> {
  if (about.content.kind !== 'authorization') throw new Error('only an authorization is taken back')
  const { sent, requestNumber: number } = about
  const body = [
    sent === null ? cited('take-back', text, { number }, 'letters.take-back-number') : cited('take-back', text, sentIn(about, sent, text)),
    text('forms.letters.covered', { records: recordsIn(about, text) }),
    cited('part2', text),
    text('forms.letters.stop'),
    text('forms.letters.confirm'),
    cited('own', text),
  ]
  return letter(about, text, at, { title: text('forms.letters.revocation'), body }, [])
}

/** @param box where the records go, in a letter that asks for them. */
async function letter(about: LetterAbout, text: Text, at: number, words: Words, box: readonly Block[]): Promise<Buffer> {
  const { provider, person, representative } = about.content
  const blocks: Block[] = [
    { kind: 'paragraph', text: dayOf(at, about, text) },
    { kind: 'paragraph', text: linesIn(`${provider.name}\n${provider.postalAddress}`).join('\n') },
    { kind: 'title', text: words.title },
    { kind: 'strong', text: patientIn(about, text) },
    ...words.body.map((sentences): Block => ({ kind: 'paragraph', text: sentences })),
    ...box,
    parts.signed(about.signature, text),
    { kind: 'small', text: cut(linesIn(`${representative?.name ?? person.name}\n${person.postalAddress}`).join(', '), MOST.sender) },
  ]
  const model = { ...parts.frame(about, text, words.title), blocks }
  return drawModel(model, await FormPaper.create(model, at))
}

function sentIn(about: LetterAbout, sent: NonNullable<LetterAbout['sent']>, text: Text) {
  return { date: dayOf(sent.at, about, text), way: text(`forms.letters.way.${sent.way}`), number: about.requestNumber }
}

function recordsIn({ content }: LetterAbout, text: Text): string {
  const recordIn = (type: RecordType) => (type === 'other' ? cut(content.otherRecords, MOST.other) : text(`forms.records.${type}`))
  if (content.isPsychotherapyNotes) return text('forms.notes.check')
  const released = SENSITIVE.filter((category) => content.initials[category]).map((category) => text(`forms.sensitive.${category}`))
  return [...parts.markedRecords(content).map(recordIn), ...released].join('; ')
}

function patientIn({ content }: LetterAbout, text: Text): string {
  const name = cut(content.person.name, MOST.name)
  const { bornOn } = content.person
  return bornOn === null ? text('forms.letters.about', { name }) : text('forms.letters.born', { name, date: parts.inNumbers(bornOn) })
}

function dayOf(time: number, { timeZone }: LetterAbout, text: Text): string {
  return dayInWords(time, text('forms.language'), timeZone)
}

/** Of an address: the lines that are not empty. */
function linesIn(value: string): string[] {
  const lines = value.split(/\r\n?|\n/).filter((line) => line.trim() !== '')
  return lines.map((line) => cut(line, MOST.line)).slice(0, MOST.lines)
}
