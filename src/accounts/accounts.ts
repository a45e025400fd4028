// The accounts desk, put together.

import type { AnswerCheck } from '../answer-check.js'
import { type Clock, DAY, HOUR } from '../clock.js'
import type { deriveAnswerKey } from '../hip/keys.js'
import type { PackageRemoval } from '../package-removal.js'
import type { Round } from '../rounds.js'
import type { Store, Tables } from '../store/store.js'
import { createAnswerCheck } from './answer-check.js'
import type { AccountsDesk, ListedProvider } from './desk.js'
import { createLife, lifeRounds } from './life.js'
import { createOidcDesk, type OidcSettings } from './oidc.js'
import { passkeyDesk } from './passkeys.js'
import { takePost } from './posts.js'
import { type PreferenceTools, savePreferences } from './preferences.js'
import { finishReset, setQuestion } from './question.js'
import { cancelReset, remindResets, startReset } from './reset.js'
import { accountOf, endSession, isLive } from './sessions.js'
import { askSignIn, signInByCode, signInByLink } from './sign-in.js'

export interface AccountsOptions extends PreferenceTools {
  /** The retrieval desk's: closing a postbox takes away what waits in it. */
  readonly removal: PackageRemoval<Tables>
  /** The slow hash; another one is for tests. */
  readonly derive?: typeof deriveAnswerKey
  readonly oidc?: OidcSettings | null
}

export interface Accounts extends AccountsDesk {
  /** For the retrieval desk: its tries count together with those of the profile. */
  readonly answerCheck: AnswerCheck
  /** Reminders and sweeping. */
  readonly rounds: readonly Round[]
}

export function createAccounts(options: AccountsOptions): Accounts {
  const { store, clock, derive } = options
  const answerCheck = createAnswerCheck(options, derive)
  const tools = { ...options, answerCheck }
  return {
    answerCheck,
    passkeys: passkeyDesk(tools),
    oidc: options.oidc ? createOidcDesk(tools, options.oidc) : null,
    life: createLife(tools),
    providers: () => activeProviders(store),
    takePost: (peer) => takePost(tools, peer),
    askSignIn: (address, browser, peer, language, role = 'consumer') => askSignIn(tools, { address, browser, peer, language, role }),
    byCode: (code, browser, address) => signInByCode(tools, code, browser, address),
    byLink: (token) => signInByLink(tools, token),
    account: (session) => accountOf(tools, session),
    isSignedIn: (session) => isLive(tools, session),
    signOut: (session) => endSession(tools, session),
    savePreferences: (session, form) => savePreferences(tools, session, form),
    setQuestion: (session, form) => setQuestion(tools, session, form),
    startReset: (session) => startReset(tools, session),
    cancelReset: (tokenOrSession) => cancelReset(tools, tokenOrSession),
    finishReset: (session, form) => finishReset(tools, session, form),
    rounds: [
      { name: 'reset-reminders', everyMs: HOUR / 4, run: () => remindResets(tools) },
      { name: 'accounts', everyMs: HOUR, run: () => sweep(store, clock) },
      ...lifeRounds(tools),
    ],
  }
}

async function activeProviders(store: Store): Promise<ListedProvider[]> {
  const active = (await store.read.providers.list()).filter(({ state }) => state === 'active')
  return active.map(({ slug, name, fax }) => ({ slug, name, fax }))
}

/** Sign-ins stay for a day, as their number is the limit of mails. */
function sweep(store: Store, clock: Clock): Promise<number> {
  const now = clock.now()
  return store.write(async ({ sessions, signIns, limits, usedChallenges }) => {
    const ended = (await sessions.forget(now)) + (await signIns.forget(now - DAY))
    return ended + (await limits.forget(now)) + (await usedChallenges.forget(now))
  })
}
