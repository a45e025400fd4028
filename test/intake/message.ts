// A parsed message put together by hand, for the steps that come after parsing.

import { createHash } from 'node:crypto'
import type { Message, Part } from '../../src/mail/envelope.js'

/** Fields by lower-case name; a list where one comes several times. */
export type Fields = Readonly<Record<string, string | readonly string[]>>

export function messageOf(change: Partial<Omit<Message, 'count' | 'field'>> & { fields?: Fields } = {}): Message {
  const { fields = {}, ...rest } = change
  const values = (name: string) => [fields[name] ?? []].flat()
  return {
    from: [{ address: 'records@clinic.example', name: '' }],
    subject: 'pat@home.example',
    messageId: '1@clinic.example',
    date: 'Sun, 22 Nov 2026 10:00:00 +0000',
    parts: [],
    defects: [],
    notes: [],
    ...rest,
    count: (name) => values(name).length,
    field: (name) => values(name).at(-1) ?? null,
  }
}

export function partOf(content: Buffer | string, change: Partial<Part> = {}): Part {
  const bytes = Buffer.from(content)
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  return {
    ...{ part: '1', mediaType: 'application/octet-stream', charset: null, sentName: null, role: 'attachment', contentId: null },
    ...{ bytes, sha256 },
    ...change,
  }
}
