// Small messages for tests, put together by hand so that they can be wrong in one chosen way.

/** Joins lines with CRLF, the last one too. */
export function lines(...text: readonly string[]): string {
  return `${text.join('\r\n')}\r\n`
}

/** A multipart message around parts that are given with their own headers. */
export function multipart(
  parts: readonly string[],
  { type = 'mixed', boundary = 'b1', header = [] as readonly string[], close = `--b1--\r\n` } = {},
): Buffer {
  const head = lines(
    'From: Clinic <records@clinic.example>',
    'Subject: pat@home.example',
    ...header,
    `Content-Type: multipart/${type}; boundary="${boundary}"`,
    '',
  )
  return Buffer.from(head + parts.map((part) => `--${boundary}\r\n${part}\r\n`).join('') + close.replace('b1', boundary), 'latin1')
}

/** A part holding a file, in base64 of 76 characters a line. */
export function file(bytes: Buffer | string, { type = 'application/pdf', name = 'a.pdf' } = {}): string {
  const text = Buffer.from(bytes)
    .toString('base64')
    .replace(/.{76}(?=.)/g, '$&\r\n')
  return lines(
    `Content-Type: ${type}`,
    `Content-Disposition: attachment; filename="${name}"`,
    'Content-Transfer-Encoding: base64',
    '',
    text,
  ).slice(0, -2)
}

/** A part of plain text. */
export function text(content: string): string {
  return lines('Content-Type: text/plain; charset=utf-8', '', content).slice(0, -2)
}

/** Bytes uuencoded as POSIX says; `zero` is what stands for six zero bits. */
export function uuencoded(bytes: Buffer | string, { name = 'a.pdf', zero = '`', perLine = 45 } = {}): string {
  const content = Buffer.from(bytes)
  const sixBits = (value: number) => (value === 0 ? zero : String.fromCharCode(value + 0x20))
  const text = [`begin 644 ${name}`]
  for (let at = 0; at < content.length; at += perLine) {
    const line = content.subarray(at, at + perLine)
    let encoded = String.fromCharCode(line.length + 0x20)
    for (let group = 0; group < line.length; group += 3) {
      const bits = ((line[group] ?? 0) << 16) | ((line[group + 1] ?? 0) << 8) | (line[group + 2] ?? 0)
      encoded += [18, 12, 6, 0].map((shift) => sixBits((bits >> shift) & 0x3f)).join('')
    }
    text.push(encoded)
  }
  return lines(...text, zero, 'end')
}
