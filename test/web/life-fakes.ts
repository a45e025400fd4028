// The paper desk for the life of a postbox: answers what a test says, and notes what it was asked.

import type {
  AnswerRefusal,
  ChangeOutcome,
  CloseOutcome,
  ConfirmOutcome,
  LifeDesk,
  PendingChange,
  Practice,
} from '../../src/accounts/life-desk.js'

export interface LifeWorld {
  practice: Practice
  practised: AnswerRefusal | null
  addressChange: PendingChange | null
  changed: ChangeOutcome
  confirmed: ConfirmOutcome
  addressCancelled: boolean
  closed: CloseOutcome
}

export function newLifeWorld(now: number): LifeWorld {
  return {
    practice: {
      ...{ kind: 'question', question: 'What stood on the stove that night, and what was the weather?', triesLeft: 10, waitUntil: null },
      ...{ practisedAt: now - 40 * 86_400_000, wantsMails: true },
    },
    practised: null,
    addressChange: null,
    changed: { kind: 'started' },
    confirmed: { kind: 'half', proved: 'old' },
    addressCancelled: true,
    closed: { kind: 'closed' },
  }
}

/** @param ask notes the line and gives the value. */
export function lifeDesk(world: LifeWorld, ask: <Value>(line: string, value: Value) => Value): LifeDesk {
  return {
    practice: async (session) => ask(`practice ${session}`, world.practice),
    practise: async (session, answer) => ask(`practise ${session} ${answer}`, world.practised),
    setPracticeMails: async (session, isWanted) => ask(`setPracticeMails ${session} ${isWanted}`, true),
    addressChange: async (session) => ask(`addressChange ${session}`, world.addressChange),
    changeAddress: async (session, form) => ask(`changeAddress ${session} ${JSON.stringify(form)}`, world.changed),
    confirmAddress: async (token, session) => ask(`confirmAddress ${token} ${session}`, world.confirmed),
    cancelAddress: async (token) => ask(`cancelAddress ${token}`, world.addressCancelled),
    close: async (session, answer) => ask(`close ${session} ${answer}`, world.closed),
  }
}
