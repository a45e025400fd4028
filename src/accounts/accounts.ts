// The accounts desk, put together.

import type { AnswerCheck } from '../answer-check.js'
import type { Clock } from '../clock.js'
import { DAY } from '../clock.js'
import type { deriveAnswerKey } from '../hip/keys.js'
import type { Semaphore } from '../semaphore.js'
import type { Store } from '../store/store.js'
import { createAnswerCheck } from './answer-check.js'
import { type AccountsDesk, accountLinks } from './desk.js'
import { finishReset, setQuestion } from './question.js'
import { cancelReset, remindResets, startReset } from './reset.js'
import { accountOf, endSession } from './sessions.js'
import { askSignIn, signInByCode, signInByLink } from './sign-in.js'
import type { QueueMail } from './tools.js'

export interface AccountsOptions {
  readonly store: Store
  readonly clock: Clock
  /** Bounds the slow hashes of the whole process; retrieval is given the same one. */
  readonly semaphore: Semaphore
  readonly queueMail: QueueMail
  /** Origin of the site, without a trailing slash. */
  readonly publicUrl: () => string
  /** The slow hash; another one is for tests. */
  readonly derive?: typeof deriveAnswerKey
}

export interface Accounts {
  readonly desk: AccountsDesk
  /** For the retrieval desk: its tries count together with those of the profile. */
  readonly answerCheck: AnswerCheck
  /** Steps of the worker, to be called about once a minute. */
  readonly chores: AccountChores
}

export interface AccountChores {
  /** Mails the daily reminders of running resets. Returns how many were due. */
  remindResets(): Promise<number>
  /** Removes rows that are over: sessions, sign-ins, limits. Returns how many. */
  sweep(): Promise<number>
}

export function createAccounts(options: AccountsOptions): Accounts {
  const { store, clock, derive } = options
  const tools = { ...options, links: accountLinks(options.publicUrl) }
  const answerCheck = createAnswerCheck(tools, derive)
  const questionTools = { ...tools, answerCheck }
  return {
    answerCheck,
    desk: {
      askSignIn: (address, browser, peer, language, role = 'consumer') => askSignIn(tools, { address, browser, peer, language, role }),
      byCode: (code, browser, address) => signInByCode(tools, code, browser, address),
      byLink: (token) => signInByLink(tools, token),
      account: (session) => accountOf(tools, session),
      signOut: (session) => endSession(tools, session),
      setQuestion: (session, form) => setQuestion(questionTools, session, form),
      startReset: (session) => startReset(tools, session),
      cancelReset: (tokenOrSession) => cancelReset(tools, tokenOrSession),
      finishReset: (session, form) => finishReset(questionTools, session, form),
    },
    chores: { remindResets: () => remindResets(tools), sweep: () => sweep(store, clock) },
  }
}

/** Sign-ins stay for a day, as their number is the limit of mails. */
function sweep(store: Store, clock: Clock): Promise<number> {
  const now = clock.now()
  return store.write(async ({ sessions, signIns, limits }) => {
    return (await sessions.forget(now)) + (await signIns.forget(now - DAY)) + (await limits.forget(now))
  })
}
