import fc from 'fast-check'
import t from 'tap'
import { canonicalAddress, domainOf, findAddresses, maskAddress, parseAddress, readAddresses } from '../../src/mail/address.js'

t.test('an ordinary address is read, its domain in lower case', (t) => {
  t.same(parseAddress('Maria.Lopez+lab@Example.ORG'), { local: 'Maria.Lopez+lab', domain: 'example.org' })
  t.same(parseAddress('root@localhost'), { local: 'root', domain: 'localhost' })
  t.end()
})

t.test('quotes that nothing needs are taken off, others stay', (t) => {
  t.same(parseAddress('"maria.lopez"@example.org'), { local: 'maria.lopez', domain: 'example.org' })
  t.same(parseAddress('"maria lopez"@example.org'), { local: '"maria lopez"', domain: 'example.org' })
  t.same(parseAddress('"a\\"b"@example.org'), { local: '"a\\"b"', domain: 'example.org' })
  t.end()
})

t.test('an international address has its domain in ASCII and its local part as it is', (t) => {
  t.same(parseAddress('jürgen@Bücher.example'), { local: 'jürgen', domain: 'xn--bcher-kva.example' })
  t.same(parseAddress('用户@例え.テスト'), { local: '用户', domain: 'xn--r8jz45g.xn--zckzah' })
  t.end()
})

t.test('what is no mailbox is none', (t) => {
  const bad = ['', '@', 'a', 'a@', '@b', 'a@b@c', 'a b@c.example', '.a@c.example', 'a.@c.example', 'a..b@c.example', 'a@-b.example']
  bad.push('a@b-.example', 'a@b..example', 'a@.example', 'a@[192.0.2.1]', 'a@192.0.2.1', 'a@1.2', 'a@b_c.example', '<a@b.example>')
  bad.push(
    'a\u0000@b.example',
    'a\r\n@b.example',
    'a@b.example\r\nX: y',
    'a\u202eb@c.example',
    '"a\nb"@c.example',
    'a,b@c.example',
    'a@%65xample.org',
  )
  for (const text of bad) t.equal(parseAddress(text), null, JSON.stringify(text))
  t.end()
})

t.test('the limits of RFC 5321 hold to the octet', (t) => {
  t.ok(parseAddress(`${'a'.repeat(64)}@example.org`))
  t.equal(parseAddress(`${'a'.repeat(65)}@example.org`), null)
  t.equal(parseAddress(`${'ä'.repeat(33)}@example.org`), null)
  t.equal(parseAddress(`a@${'b'.repeat(64)}.example`), null)
  const domain = `${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(63)}`
  t.ok(parseAddress(`${'a'.repeat(62)}@${domain}`))
  t.equal(parseAddress(`${'a'.repeat(63)}@${domain}`), null)
  t.equal(parseAddress(`a@${'x'.repeat(1_000_000)}`), null)
  t.end()
})

t.test('two spellings of one address have one canonical form', (t) => {
  t.equal(canonicalAddress(' Maria@Example.ORG\n'), 'maria@example.org')
  t.equal(canonicalAddress('ZOE\u0308@bücher.example'), 'zoë@xn--bcher-kva.example')
  t.equal(canonicalAddress('nobody'), null)
  t.end()
})

t.test('addresses are found in the subjects that clerks write', (t) => {
  const cases: Array<[string, string[]]> = [
    ['maria@example.org', ['maria@example.org']],
    ['RE: Maria@Example.org', ['maria@example.org']],
    ['maria@example.org;labs of Tuesday', ['maria@example.org']],
    ['<maria@example.org>', ['maria@example.org']],
    ['records for mailto:maria@example.org, thank you', ['maria@example.org']],
    ['(maria@example.org)', ['maria@example.org']],
    ["'maria@example.org'", ['maria@example.org']],
    ['“maria@example.org”', ['maria@example.org']],
    ['send to maria@example.org.', ['maria@example.org']],
    ['maria@example.org!', ['maria@example.org']],
    ['HePoEx:maria@example.org/labs', ['maria@example.org']],
    ['maria@example.org MARIA@EXAMPLE.ORG', ['maria@example.org']],
    ['maria@example.org and pat@home.example', ['maria@example.org', 'pat@home.example']],
    ["o'brien@example.org", ["o'brien@example.org"]],
    ['_maria@example.org', ['_maria@example.org']],
    ['"maria lopez"@example.org', ['"maria lopez"@example.org']],
    ['ma\u200bria@example.org', ['maria@example.org']],
    ['jürgen@bücher.example', ['jürgen@xn--bcher-kva.example']],
    ['maria＠example.org', []],
    ['maria@clinic', []],
    ['pat@localhost', ['pat@localhost']],
    ['a@b@example.org', []],
    ['maria@example.org/pat@home.example', ['maria@example.org', 'pat@home.example']],
    ['maria@example.org|pat@home.example', ['maria@example.org', 'pat@home.example']],
    ['maria@example.org_pat@home.example', ['maria@example.org', 'pat@home.example']],
    ['mailto:maria@example.org?cc=pat@home.example', ['maria@example.org', 'pat@home.example']],
    ['\u202amaria@example.org\u202c', ['maria@example.org']],
    ['ma\u200eria@exam\u200fple.org', ['maria@example.org']],
    ['FW\uff1amaria@example.org', ['maria@example.org']],
    ['\u2018maria@example.org\u2019', ['maria@example.org']],
    ['labs \u2013 maria@example.org', ['maria@example.org']],
    ['maria@example.org\u2019s records', ['maria@example.org']],
    ['maria@example.org\u3002\u8c22', ['maria@example.org']],
    ['Lab results @ noon', []],
    ['', []],
  ]
  for (const [text, found] of cases) t.same(findAddresses(text), found, JSON.stringify(text))
  t.end()
})

t.test('what may be the rest of an address is not taken for a whole one', (t) => {
  const cut = ['o\u2019brien@example.org', 'o\u00b4brien@example.org', 'mary\u2011ann@example.org', 'mary\u2013ann@example.org']
  cut.push('anna\u2024lee@example.org', 'jo\u0000lee@example.org', 'x\u{1f600}lee@example.org', '\u{1f600}lee@example.org')
  cut.push('lee@example.org\u2024test', 'lee@mail.example\u2010net.test', 'lee@mail.example\u3002org')
  for (const text of cut) t.same(readAddresses(`${text} maria@example.org`), { addresses: ['maria@example.org'], isDoubtful: true }, text)
  t.equal(readAddresses('maria@example.org').isDoubtful, false)
  t.end()
})

t.test('an address is found in any text around it', (t) => {
  const word = fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/)
  const around = fc.stringMatching(/^[A-Za-z ,:;()<>]{0,20}$/)
  fc.assert(
    fc.property(word, word, around, around, (local, label, before, after) => {
      const address = `${local}@${label}.example`
      return findAddresses(`${before} <${address}> ${after}`).join() === address
    }),
  )
  t.end()
})

t.test('a text of nothing but at signs is read in no time worth naming', (t) => {
  t.same(findAddresses('a@'.repeat(50_000)), [])
  t.same(findAddresses(`${'a'.repeat(100_000)}@`), [])
  t.end()
})

t.test('a masked address shows its first letter and its domain', (t) => {
  t.equal(maskAddress('maria@example.org'), 'm***@example.org')
  t.equal(maskAddress('"maria lopez"@example.org'), 'm***@example.org')
  t.equal(maskAddress('𝒳y@example.org'), '𝒳***@example.org')
  t.equal(maskAddress('maria'), '***')
  t.equal(maskAddress('@example.org'), '***')
  t.end()
})

t.test('the domain of an address is what stands after its last at sign', (t) => {
  t.equal(domainOf('maria@Example.ORG'), 'example.org')
  t.equal(domainOf('"a@b"@bücher.example'), 'xn--bcher-kva.example')
  t.equal(domainOf('maria'), '')
  t.end()
})

t.test('a quoted local part that is broken at its end is refused at once, however long it is', (t) => {
  // Two ways of reading each letter would be 2^55 ways of reading this, for anybody who can type it into a form or a Subject.
  const long = 'a'.repeat(55)
  for (const broken of ['\u0007', '\\', '\ud800', '"']) t.equal(parseAddress(`"${long}${broken}"@clinic.example`), null)
  t.same(parseAddress(`"${long} é"@clinic.example`), { local: `"${long} é"`, domain: 'clinic.example' })
  t.same(findAddresses(`"${long}\u0007"@clinic.example`), [])
  t.end()
})
