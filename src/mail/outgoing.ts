// Reads the trying-out Maildir back, for the page that shows it. Codes stand there in the clear, which is why it exists only while no
// relay is set and everything listens on loopback alone.

import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { simpleParser } from 'mailparser'

export interface KeptMail {
  /** The file's name in the Maildir. */
  readonly id: string
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly from: string
  readonly to: string
  readonly subject: string
}

/** The newest of them; what is older is in the folder still. */
const MOST_LISTED = 200

/** Mails handed over so far, newest first. */
export async function listKept(folder: string): Promise<KeptMail[]> {
  const names = (await readdir(join(folder, 'new')).catch(() => [])).filter(isName).sort().reverse().slice(0, MOST_LISTED)
  const mails = await Promise.all(names.map((name) => readKept(folder, name)))
  return mails.flatMap((mail) => (mail ? [mail] : [])).sort((one, other) => other.at - one.at)
}

/** One mail with its plain text; null when there is none of that id. */
export async function readKept(folder: string, id: string): Promise<(KeptMail & { text: string }) | null> {
  const raw = isName(id) ? await readFile(join(folder, 'new', id)).catch(() => null) : null
  if (!raw) return null
  const { date, from, to, subject, text } = await simpleParser(raw)
  const addressed = Array.isArray(to) ? to[0] : to
  return { id, at: date?.getTime() ?? 0, from: from?.text ?? '', to: addressed?.text ?? '', subject: subject ?? '', text: text ?? '' }
}

/** A Maildir name has no slash and does not begin with a dot: nothing leads out of the folder. */
function isName(id: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._,=+-]{0,200}$/.test(id)
}
