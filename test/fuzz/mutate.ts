// Damage to a message that was whole: what lines, gateways and attackers do to it.

import type { Random } from './random.js'

/** Doubling doubles what was doubled: enough is enough. */
const MOST_BYTES = 1 << 20

/** One to four things done to `raw`. `other` is something to take pieces from. */
export function mutate(random: Random, raw: Buffer, other: Buffer = raw): Buffer {
  let mutated = raw
  for (let times = random.between(1, 4); times > 0; times--)
    mutated = random.pick(random.chance(0.7) ? BY_LINE : BY_BYTE)(random, mutated.subarray(0, MOST_BYTES), other)
  return mutated.subarray(0, MOST_BYTES)
}

type Mutation = (random: Random, raw: Buffer, other: Buffer) => Buffer

const BY_BYTE: readonly Mutation[] = [
  (random, raw) => {
    const flipped = Buffer.from(raw)
    for (let times = random.between(1, 8); times > 0 && raw.length > 0; times--) {
      const at = random.below(raw.length)
      flipped[at] = (flipped[at] ?? 0) ^ (1 << random.below(8))
    }
    return flipped
  },
  (random, raw) => raw.subarray(0, random.below(raw.length + 1)),
  (random, raw) => splice(raw, random.below(raw.length + 1), 0, random.bytes(random.between(1, 20))),
  (random, raw) => splice(raw, random.below(raw.length + 1), random.between(1, 200), Buffer.alloc(0)),
  (random, raw, other) => Buffer.concat([raw.subarray(0, random.below(raw.length + 1)), other.subarray(random.below(other.length + 1))]),
  (random, raw) => {
    const at = random.below(raw.length + 1)
    const piece = raw.subarray(at, at + random.between(1, 300))
    return splice(raw, at, 0, Buffer.concat(Array.from({ length: random.between(1, 20) }, () => piece)))
  },
  (random, raw) =>
    splice(raw, random.below(raw.length + 1), 1, Buffer.from(random.pick(['\0', '\r', '\n', '\r\n\r\n', '\xff', '--', '"', '(', '=?']))),
]

const BY_LINE: readonly Mutation[] = [
  editLines((random, lines) => lines.splice(random.below(lines.length), random.between(1, 3))),
  editLines((random, lines) => lines.splice(random.below(lines.length), 0, random.pick(lines))),
  editLines((random, lines) =>
    lines.splice(
      random.below(lines.length),
      0,
      random.pick(['', ' ', '.', '--', '--b', 'Content-Type: message/rfc822', 'From: x@y.example']),
    ),
  ),
  editLines((random, lines) => {
    const [one, two] = [random.below(lines.length), random.below(lines.length)]
    ;[lines[one], lines[two]] = [lines[two] ?? '', lines[one] ?? '']
  }),
  editLines((random, lines) =>
    edit(random, lines, /^--/, [
      (line) => line.slice(0, -1),
      (line) => `${line}x`,
      (line) => `${line}--`,
      (line) => ` ${line}`,
      (line) => `${line} `,
    ]),
  ),
  editLines((random, lines) =>
    edit(random, lines, /boundary/i, [
      (line) => line.replace(/"/, ''),
      (line) => line.replace(/boundary=/i, 'Boundary = '),
      (line) => line.toUpperCase(),
    ]),
  ),
  editLines((random, lines) =>
    edit(random, lines, /^content-/i, [
      (line) => line.replace(':', ' :'),
      (line) => line.replace(/:.*/, ':'),
      (line) => `${line};`,
      (line) => line.slice(0, random.below(line.length)),
    ]),
  ),
  editLines((random, lines) =>
    edit(random, lines, /base64|quoted-printable|[78]bit/i, [
      () => 'Content-Transfer-Encoding: base64',
      () => 'Content-Transfer-Encoding: quoted-printable',
      () => 'Content-Transfer-Encoding: x-uuencode',
      () => 'Content-Transfer-Encoding: binary',
    ]),
  ),
  editLines((random, lines) =>
    edit(random, lines, /./, [(line) => `${line}\r`, (line) => `${line}=`, (line) => line.repeat(random.between(2, 100))]),
  ),
]

function splice(raw: Buffer, at: number, length: number, inserted: Buffer): Buffer {
  return Buffer.concat([raw.subarray(0, at), inserted, raw.subarray(at + length)])
}

function editLines(change: (random: Random, lines: string[]) => unknown): Mutation {
  return (random, raw) => {
    const lines = raw.toString('latin1').split('\r\n')
    change(random, lines)
    return Buffer.from(lines.join('\r\n'), 'latin1')
  }
}

function edit(random: Random, lines: string[], pattern: RegExp, changes: ReadonlyArray<(line: string) => string>): void {
  const places = lines.flatMap((line, at) => (pattern.test(line) ? [at] : []))
  if (places.length === 0) return
  const at = random.pick(places)
  lines[at] = random.pick(changes)(lines[at] ?? '')
}
