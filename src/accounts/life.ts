// The part of the accounts desk that the life of a postbox asks for, put together.

import type { AnswerCheck } from '../answer-check.js'
import { HOUR } from '../clock.js'
import type { PackageRemoval } from '../package-removal.js'
import type { Round } from '../rounds.js'
import type { Tables } from '../store/store.js'
import { addressChange, cancelAddress, changeAddress, confirmAddress } from './address.js'
import { closePostbox } from './close.js'
import type { LifeDesk } from './life-desk.js'
import { askToPractise, practice, practise, setPracticeMails } from './practice.js'
import type { AccountTools } from './tools.js'
import { askUnused } from './unused.js'

export interface LifeTools extends AccountTools {
  readonly answerCheck: AnswerCheck
  readonly removal: PackageRemoval<Tables>
}

export function createLife(tools: LifeTools): LifeDesk {
  return {
    practice: (session) => practice(tools, session),
    practise: (session, answer) => practise(tools, session, answer),
    setPracticeMails: (session, isWanted) => setPracticeMails(tools, session, isWanted),
    addressChange: (session) => addressChange(tools, session),
    changeAddress: (session, form) => changeAddress(tools, session, form),
    confirmAddress: (token, session) => confirmAddress(tools, token, session),
    cancelAddress: (tokenOrSession) => cancelAddress(tools, tokenOrSession),
    close: (session, presentAnswer) => closePostbox(tools, session, presentAnswer),
  }
}

export function lifeRounds(tools: LifeTools): readonly Round[] {
  const { store, clock } = tools
  return [
    { name: 'practice-mails', everyMs: HOUR, run: () => askToPractise(tools) },
    { name: 'unused-postboxes', everyMs: HOUR, run: () => askUnused(tools) },
    { name: 'address-changes', everyMs: HOUR, run: () => store.write(({ addressChanges }) => addressChanges.forget(clock.now())) },
  ]
}
