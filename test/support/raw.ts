// Messages as they come over the wire, written by hand so that a test shows every byte that matters.

export interface RawPart {
  readonly type: string
  readonly name?: string
  readonly content: Buffer | string
  readonly disposition?: 'attachment' | 'inline'
  readonly encoding?: 'base64' | '8bit'
}

export interface RawMessage {
  readonly from?: string
  readonly to?: string
  readonly subject?: string | null
  readonly messageId?: string | null
  readonly headers?: readonly string[]
  readonly body?: string | null
  readonly parts?: readonly RawPart[]
}

export const PDF = Buffer.from('%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n')

/** multipart/mixed, in base64 unless a part says otherwise; one PDF attached unless `parts` says otherwise. */
export function rawMessage(message: RawMessage = {}): Buffer {
  const {
    from = 'records@clinic.example',
    to = 'clinic@intake.localhost',
    subject = 'pat@home.example',
    messageId = '<1@clinic.example>',
    headers = [],
    body = 'See the files.\r\n',
    parts = [{ type: 'application/pdf', name: 'summary.pdf', content: PDF }],
  } = message
  const lines = [
    ...headers,
    `From: ${from}`,
    `To: ${to}`,
    ...(subject === null ? [] : [`Subject: ${subject}`]),
    'Date: Sun, 22 Nov 2026 10:00:00 +0000',
    ...(messageId === null ? [] : [`Message-ID: ${messageId}`]),
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary="b1"',
    '',
    ...(body === null ? [] : ['--b1', 'Content-Type: text/plain; charset=utf-8', 'Content-Transfer-Encoding: base64', '', base64(body)]),
    ...parts.flatMap(rawPart),
    '--b1--',
    '',
  ]
  return Buffer.from(lines.join('\r\n'))
}

function rawPart({ type, name, content, disposition = 'attachment', encoding = 'base64' }: RawPart): string[] {
  return [
    '--b1',
    `Content-Type: ${type}`,
    `Content-Disposition: ${disposition}${name === undefined ? '' : `; filename="${name}"`}`,
    `Content-Transfer-Encoding: ${encoding}`,
    '',
    encoding === 'base64' ? base64(content) : String(content),
  ]
}

function base64(content: Buffer | string): string {
  return (
    Buffer.from(content)
      .toString('base64')
      .match(/.{1,76}/g) ?? []
  ).join('\r\n')
}
