// The clinic's side: messages sent once, again, in copies and with the relay in trouble.

import { REASONS, replyFor } from '../../src/intake/disposition.js'
import type { Reply } from '../../src/mail/reply.js'
import { loadTexts } from '../../src/texts.js'
import { rawMessage } from '../support/raw.js'
import { type Delivered, judgeDelivery } from './judge.js'
import { CONSUMER, type RelayOutcome } from './ports.js'
import { inWords, type Step, step, type Trouble, within } from './step.js'
import { BODY, DOCUMENTS } from './verify.js'

const text = loadTexts('templates/texts').in('en')

/** The reason behind a reply, from its words. */
function readReply(reply: Reply): { reason: string; intakeNumber: string } {
  const intakeNumber = reply.text.match(/Intake number (\S+)$/)?.[1] ?? ''
  const isIt = (other: Reply) => JSON.stringify(other) === JSON.stringify(reply)
  const reason = REASONS.find((each) => isIt(replyFor(each, text, { intakeNumber, megabytes: 0 })))
  if (!reason) throw new Error(`a reply of no reason: ${reply.replyCode} ${reply.enhancedCode}`)
  return { reason, intakeNumber }
}

function message(docs: number, id: number): Buffer {
  const parts = (DOCUMENTS[docs] ?? []).map((content, index) => ({
    type: index === 0 ? 'application/pdf' : 'text/csv',
    name: `name-marker-${index}.${index === 0 ? 'pdf' : 'csv'}`,
    content,
  }))
  return rawMessage({ subject: `${CONSUMER} subject-marker`, messageId: `<${id}.${docs}@clinic.example>`, body: BODY, parts })
}

interface Delivery {
  readonly docs: number
  readonly id: number
  readonly copies: number
  readonly relay: readonly RelayOutcome[]
  readonly trouble: Trouble | null
}

/** The clinic's server sends a message: the first time, again, in several copies at once, or the same files in a new message. */
export function deliver({ docs, id, copies, relay, trouble }: Delivery): Step {
  const words = `deliver ${docs}/${id}${copies > 1 ? ` x ${copies}` : ''} (${relay.join(', ')}${inWords(trouble)})`
  return step(words, async (model, world) => {
    const { outside } = world
    const before = outside.handed.length
    outside.plan = [...relay]
    const replies: Array<Delivered['replies'][number]> = Array.from({ length: copies }, () => null)
    const raw = message(docs, id)
    const { isDisturbed } = await within(world, trouble, () =>
      Promise.all(
        replies.map(async (_none, index) => {
          replies[index] = readReply(await world.send(Buffer.from(raw)))
          world.reach(replies[index]?.reason)
        }),
      ),
    )
    outside.plan = []
    judgeDelivery(model, `${docs}/${id}`, docs, copies, { replies, handed: outside.handed.slice(before), isDisturbed })
  })
}
