// Who is told of a notice that came back. The provider, who holds a receipt for it, and the admins. Neither mail names the person, and
// neither says a word of what the bounce said.

import { momentInWords } from '../dates.js'
import type { PackageRow } from '../store/packages.js'
import type { Tables } from '../store/store.js'
import type { Effect } from './bounce.js'
import type { IntakeTools } from './receive.js'

type MailTools = Pick<IntakeTools, 'post' | 'texts' | 'sender'>

/** The provider's correction, in answer to the receipt. */
export async function queueCorrection(
  { post, sender }: MailTools,
  tables: Tables,
  { id, intakeNumber, receivedAt }: PackageRow,
  { to, language }: { readonly to: string; readonly language: string },
): Promise<void> {
  await post.queueMail(tables, {
    template: 'undeliverable',
    ...{ to, language },
    values: { intakeNumber, receivedAt: momentInWords(receivedAt, language), link: `${sender.publicUrl()}/sign-in` },
    idempotencyKey: `undeliverable/${id}`,
    inReplyTo: await post.receiptId(tables, intakeNumber),
  })
}

const ABOUT = {
  ended: 'mail.admin-alert.bounce-ended',
  untold: 'mail.admin-alert.bounce-untold',
  opened: 'mail.admin-alert.bounce-opened',
  'gave-up': 'mail.admin-alert.bounce-gave-up',
  elsewhere: 'mail.admin-alert.bounce-elsewhere',
  unclear: 'mail.admin-alert.bounce-unclear',
} as const

/** One alert to every admin; the same is not said twice of one package. */
export async function queueAlerts(
  { post, texts, sender }: MailTools,
  tables: Tables,
  { id, intakeNumber }: PackageRow,
  { effect, isTold, at }: { readonly effect: Effect; readonly isTold: boolean; readonly at: number },
): Promise<void> {
  const kind = effect === 'ended' && !isTold ? 'untold' : effect
  if (!Object.hasOwn(ABOUT, kind)) return
  for (const admin of await tables.admins.list()) {
    const about = texts.in(admin.language)(ABOUT[kind as keyof typeof ABOUT], { intakeNumber })
    await post.queueMail(tables, {
      template: 'admin-alert',
      ...{ to: admin.address, language: admin.language },
      values: { time: momentInWords(at, admin.language), about, link: `${sender.publicUrl()}/admin` },
      idempotencyKey: `admin-alert/${kind}/${id}/${admin.id}`,
    })
  }
}
