import fc from 'fast-check'
import t from 'tap'
import { type CollectedDocument, collect } from '../../src/intake/collect.js'
import { transmissionKeys } from '../../src/intake/transmission.js'
import { messageOf, partOf } from './message.js'

const KEY = Buffer.alloc(32, 7)

interface About {
  readonly providerId: string
  readonly consumerId: string
  readonly messageId: string | null
  readonly date: string | null
  readonly subject: string
  readonly documents: ReadonlyArray<{ readonly sha256: string; readonly role: 'body' | 'attachment'; readonly within?: number }>
}

const ABOUT: About = {
  ...{ providerId: 'p', consumerId: 'c', messageId: '1@x', date: 'Sun, 22 Nov 2026 10:00:00 +0000', subject: 'pat@home.example' },
  documents: [
    { sha256: 'aa', role: 'body' },
    { sha256: 'bb', role: 'attachment' },
  ],
}

function keys(change: Partial<About> = {}, key = KEY) {
  const { providerId, consumerId, documents, ...message } = { ...ABOUT, ...change }
  return transmissionKeys(key, {
    providerId,
    consumerId,
    message: messageOf(message),
    documents: documents.map((document) => ({ within: null, ...document })) as unknown as readonly CollectedDocument[],
  })
}

t.test('the same message has the same keys, whatever headers its servers added', (t) => {
  t.same(keys(), keys())
  t.same(keys(), keys({ date: 'another', subject: 'another pat@home.example' }), 'a Message-ID is enough')
  t.end()
})

t.test('another Message-ID is another transmission of the same group', (t) => {
  const [one, other] = [keys(), keys({ messageId: '2@x' })]
  t.not(one.transmission, other.transmission)
  t.equal(one.group, other.group)
  t.end()
})

t.test('without a Message-ID date and Subject tell one transmission from the next', (t) => {
  const bare = { messageId: null }
  t.same(keys(bare), keys(bare))
  for (const change of [{ date: 'Mon' }, { date: null }, { subject: 'x' }])
    t.not(keys({ ...bare, ...change }).transmission, keys(bare).transmission)
  t.not(keys(bare).transmission, keys().transmission)
  t.end()
})

t.test('another provider, consumer or document is another transmission and another group', (t) => {
  const bodies = ABOUT.documents.slice(0, 1)
  for (const change of [
    { providerId: 'q' },
    { consumerId: 'd' },
    { documents: [...bodies, { sha256: 'cc', role: 'attachment' as const }] },
  ]) {
    t.not(keys(change).transmission, keys().transmission)
    t.not(keys(change).group, keys().group)
  }
  t.end()
})

t.test('the text around the same files makes another transmission, but no other group', (t) => {
  const change = { documents: [{ sha256: 'dd', role: 'body' as const }, ...ABOUT.documents.slice(1)] }
  t.not(keys(change).transmission, keys().transmission)
  t.equal(keys(change).group, keys().group)
  t.end()
})

t.test('without the key nobody can tell which document it was', (t) => {
  t.not(keys({}, Buffer.alloc(32, 8)).transmission, keys().transmission)
  t.not(keys({}, Buffer.alloc(32, 8)).group, keys().group)
  for (const digest of Object.values(keys())) t.match(digest, /^[\w-]{43}$/)
  t.end()
})

t.test('a transmission and a group never have the same key', (t) => {
  const { transmission } = keys({ documents: [] })
  const { group } = keys({ documents: ['id', '1@x'].map((sha256) => ({ sha256, role: 'attachment' as const })) })
  t.not(transmission, group)
  t.end()
})

t.test('no two different messages read the same, wherever their fields begin and end', (t) => {
  // Few characters and short words, so that lists differ only in where one field ends: ab,c and a,bc.
  const word = fc.string({ unit: fc.constantFrom('a', 'b', '\0'), maxLength: 3 })
  const digests = fc.array(fc.record({ sha256: word, role: fc.constantFrom('body' as const, 'attachment' as const) }), { maxLength: 3 })
  const about = fc.record({
    ...{ providerId: word, consumerId: word, subject: word, documents: digests },
    ...{ messageId: fc.option(word), date: fc.option(word) },
  })
  const markOf = ({ messageId, date, subject }: About) => (messageId ? ['id', messageId] : ['date', date ?? '', subject])
  const all = (one: About) => one.documents.map(({ sha256 }) => sha256)
  const attached = (one: About) => one.documents.filter(({ role }) => role === 'attachment').map(({ sha256 }) => sha256)
  const same = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other)
  fc.assert(
    fc.property(about, about, (one, other) => {
      const [first, second] = [keys(one), keys(other)]
      const meant = (each: About) => [each.providerId, each.consumerId, markOf(each), all(each)]
      const grouped = (each: About) => [each.providerId, each.consumerId, attached(each)]
      return (
        same(first.transmission, second.transmission) === same(meant(one), meant(other)) &&
        same(first.group, second.group) === same(grouped(one), grouped(other))
      )
    }),
    {
      numRuns: 2000,
      examples: [
        [
          { ...ABOUT, providerId: 'ab', consumerId: 'c' },
          { ...ABOUT, providerId: 'a', consumerId: 'bc' },
        ],
        [
          { ...ABOUT, documents: [{ sha256: 'ab', role: 'attachment' }] },
          {
            ...ABOUT,
            documents: [
              { sha256: 'a', role: 'attachment' },
              { sha256: 'b', role: 'attachment' },
            ],
          },
        ],
      ],
    },
  )
  t.end()
})

t.test('what was taken out of a container makes no other transmission: it may have been kept closed the last time', (t) => {
  const inner = [{ sha256: 'cc', role: 'attachment', within: 1 }] as const
  t.same(keys({ documents: [...ABOUT.documents, ...inner] }), keys())
  t.end()
})

t.test('digests of real documents are what is told apart', async (t) => {
  const of = async (content: string) => {
    const message = messageOf({ parts: [partOf(content)] })
    const documents = await collect(message)
    if ('reason' in documents) throw new Error(documents.reason)
    return transmissionKeys(KEY, { providerId: 'p', consumerId: 'c', message, documents }).group
  }
  t.equal(await of('one'), await of('one'))
  t.not(await of('one'), await of('other'))
})
