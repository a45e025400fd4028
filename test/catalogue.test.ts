import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { createTemplates } from '../src/templates.js'
import { loadTexts, type Texts } from '../src/texts.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const templatesFolder = join(root, 'templates')

const SITE = 'https://postbox.example.org'
const signInLink = `${SITE}/sign-in`
const time = 'November 22, 2026 at 2:05 PM UTC'

type Values = Readonly<Record<string, string>>

/** Every mail and what it needs besides `operatorName` and `operatorContact`, which all get. '' and 'yes' stand for no and yes. */
const mails: Readonly<Record<string, Values>> = {
  notice: {
    code: '1234 5678 9012 3456',
    openLink: `${SITE}/open/ABCDEFGHJKMN`,
    packageReference: 'ABCD-EFGH-JKMN',
    expiresOn: 'December 22, 2026',
    announcedAs: 'Sample Clinic & Sons',
    fax: 'yes',
  },
  receipt: {
    intakeNumber: '7K2M-9QXR-41TB',
    receivedAt: 'November 22, 2026 at 2:03:04 PM UTC',
    handedOverAt: 'November 22, 2026 at 2:03:08 PM UTC',
    documentLines: '1. PDF document, 182 kB, 3 pages\n2. TIFF image (fax), 24 kB',
    authenticatedBy: 'DKIM: the message is signed by clinic.example.com.',
    resend: 'yes',
    protected: 'yes',
  },
  'sign-in': { link: `${SITE}/sign-in/link/abc`, code: 'ABCD-EFGH', minutes: '15' },
  'admin-sign-in': { link: `${SITE}/sign-in/link/abc`, code: 'ABCD-EFGH', minutes: '15' },
  'admin-invitation': { link: `${SITE}/sign-in/link/abc`, hours: '72' },
  'answer-slowed': { time, signInLink, wrong: '5' },
  'answer-locked': { time, signInLink, wrong: '10' },
  'answer-frozen': { time, signInLink, wrong: '1' },
  'answer-changed': { time, signInLink },
  'passkey-added': { time, signInLink },
  'passkey-removed': { time, signInLink },
  'reset-started': { effectiveTime: time, cancelLink: `${SITE}/cancel-reset/abc`, signInLink, ready: '' },
  'reset-reminder': { effectiveTime: time, cancelLink: `${SITE}/cancel-reset/abc`, signInLink, ready: 'yes' },
  opened: { time, packageReference: 'ABCD-EFGH-JKMN' },
  practice: { link: `${SITE}/profile/practice` },
  'address-old': {
    link: `${SITE}/confirm-address/abc`,
    cancelLink: `${SITE}/cancel-address/abc`,
    newAddress: 'm***@new.example',
    hours: '24',
  },
  'address-new': { link: `${SITE}/confirm-address/abc`, hours: '24' },
  'address-taken': { signInLink },
  'address-changed': { time, signInLink },
  closed: { time },
  unused: { refusedFrom: 'December 22, 2026', signInLink },
  undeliverable: { intakeNumber: '7K2M-9QXR-41TB', receivedAt: time, link: `${SITE}/sign-in` },
  held: { intakeNumber: '7K2M-9QXR-41TB', receivedAt: time, expiresOn: 'December 6, 2026 at 2:05 PM UTC', why: 'They named nobody.' },
  'held-viewed': { intakeNumber: '7K2M-9QXR-41TB', receivedAt: time, time: 'November 23, 2026 at 9:00 AM UTC' },
  'held-ended': { intakeNumber: '7K2M-9QXR-41TB', receivedAt: time, expired: 'yes' },
  'expiry-reminder': {
    packageReference: 'ABCD-EFGH-JKMN',
    noticeOn: 'November 22, 2026',
    expiresOn: 'December 22, 2026',
    expiresAt: 'December 22, 2026 at 2:05 PM UTC',
    longer: 'yes',
    openLink: `${SITE}/open/ABCDEFGHJKMN`,
    helpLink: `${SITE}/help`,
  },
  'package-expired': {
    packageReference: 'ABCD-EFGH-JKMN',
    noticeOn: 'November 22, 2026',
    openLink: `${SITE}/open/ABCDEFGHJKMN`,
    helpLink: `${SITE}/help`,
  },
  'not-mine': { time, packageReference: 'ABCD-EFGH-JKMN' },
  reported: {
    intakeNumber: '7K2M-9QXR-41TB',
    intakeNumbers: '7K2M-9QXR-41TB, 8A3N-9QXR-52VC',
    receivedAt: time,
    time: 'November 23, 2026 at 9:00 AM UTC',
  },
  'picked-up': { intakeNumber: '7K2M-9QXR-41TB', receivedAt: time, time: 'November 23, 2026 at 9:00 AM UTC' },
  'admin-alert': { time, about: 'The relay has refused three notices in a row.', link: `${SITE}/admin` },
}

/** Values that choose between texts and are not shown themselves. */
const unseen = new Set([
  'notice fax',
  'receipt resend',
  'receipt protected',
  'reset-started ready',
  'reset-reminder ready',
  'answer-frozen wrong',
  'held-ended expired',
  'expiry-reminder longer',
])

const operator = { operatorName: 'Sample Postbox', operatorContact: 'help@example.org, telephone +1 555 0100, fax +1 555 0101' }

/** Which texts were asked for while rendering. */
const asked = new Set<string>()
const texts = recording(loadTexts(join(templatesFolder, 'texts')))
const templates = createTemplates([templatesFolder], texts)

/** Each mail in each language with all its switches on, and again with all off. */
const rendered = texts.languages.flatMap((language) =>
  Object.entries(mails).flatMap(([name, sample]) =>
    [sample, flipped(sample)].map((values) => {
      const context = { ...operator, ...values }
      return {
        language,
        name,
        values,
        subject: texts.in(language)(`mail.${name}.subject`, context),
        text: templates.render(`mail/${name}.txt`, language, context),
        html: templates.render(`mail/${name}.html`, language, context),
      }
    }),
  ),
)

t.test('every mail template is in the table above, as plain text and as HTML', async (t) => {
  const parts = new Set(['layout.txt', 'layout.html', 'parts.html', 'wrap.txt'])
  const files = readdirSync(join(templatesFolder, 'mail')).filter((file) => !parts.has(file))
  t.same(
    files.sort(),
    Object.keys(mails)
      .flatMap((name) => [`${name}.html`, `${name}.txt`])
      .sort(),
  )
})

t.test('every mail shows each of its values, whatever its switches say at least once', async (t) => {
  for (const [name, sample] of Object.entries(mails)) {
    const variants = rendered.filter((mail) => mail.name === name)
    for (const [key, value] of Object.entries(sample)) {
      if (unseen.has(`${name} ${key}`)) continue
      for (const line of value.split('\n')) {
        t.ok(
          variants.some(({ text }) => oneLine(text).includes(line)),
          `${name}.txt shows ${key}`,
        )
        t.ok(
          variants.some(({ html }) => html.includes(escaped(line))),
          `${name}.html shows ${key}`,
        )
      }
    }
  }
})

t.test('every mail is complete, and says whom to ask', async (t) => {
  for (const { name, text, html } of rendered) {
    t.notMatch(text + html, /undefined|\[object|NaN|\{\w+\}/, name)
    t.ok(oneLine(text).includes(operator.operatorContact), `${name}.txt`)
    t.ok(html.includes(operator.operatorContact), `${name}.html`)
  }
})

t.test('every mail is drawn in every language, and says in which', async (t) => {
  t.ok(texts.languages.includes('es'))
  for (const { name, language, html } of rendered) t.match(html, `<html lang="${language}">`, `${language} ${name}`)
  t.equal(rendered.length, texts.languages.length * Object.keys(mails).length * 2)
})

t.test('links lead to the site only, and nothing is fetched from anywhere', async (t) => {
  for (const { name, text, html } of rendered) {
    for (const [, link = ''] of html.matchAll(/href="([^"]*)"/g)) t.ok(link.startsWith(`${SITE}/`), `${name}.html leads to ${link}`)
    for (const [link] of text.matchAll(/\w+:\/\/\S+/g)) t.ok(link.startsWith(`${SITE}/`), `${name}.txt leads to ${link}`)
    t.notMatch(
      html,
      /<(img|link|script|iframe|object|form|base|video|audio)\b|src=|url\(|@import|@font-face/i,
      `${name}.html fetches nothing`,
    )
  }
})

t.test('the code stands in groups of four, on a line of its own', async (t) => {
  for (const { text, html } of rendered.filter(({ name }) => name === 'notice')) {
    t.match(text, /^[^\d\n]+1234 5678 9012 3456$/m)
    t.match(html, />1234 5678 9012 3456</)
  }
})

/** Words that tell, on a locked screen, what a mail is about. */
const TELLING: Readonly<Record<string, RegExp>> = {
  en: /health|medic|patient|record|clinic|doctor|diagnos|result/i,
  es: /salud|m[eé]dic|pacient|expedient|cl[ií]nic|doctor|diagn[oó]s|resultado/i,
}

t.test('no subject says what kind of documents they are, or holds a code', async (t) => {
  t.same(Object.keys(TELLING).sort(), [...texts.languages].sort())
  for (const { subject, name, language } of rendered) {
    t.notMatch(subject, TELLING[language], `${language} ${name}`)
    t.notMatch(subject, /\d{4} \d{4}|ABCD/i, `${language} ${name}`)
    t.ok(subject.length > 0 && subject.length <= 78, name)
  }
})

t.test('lines of plain text are at most 76 characters, but for links', async (t) => {
  for (const { name, text } of rendered) {
    const long = text.split('\n').filter((line) => line.length > 76 && !line.includes('://'))
    t.same(long, [], name)
    t.notMatch(text, /\n{4}/, `${name} has no holes`)
  }
})

t.test('what a value says cannot become markup', async (t) => {
  const values = { ...operator, ...mails.notice, announcedAs: '<b>Clinic</b>' }
  t.match(templates.render('mail/notice.html', 'en', values), '&lt;b&gt;Clinic&lt;/b&gt;')
  t.match(templates.render('mail/notice.txt', 'en', values), '<b>Clinic</b>')
})

t.test('the notice says that earlier codes live on, and the receipt that it proves no delivery', async (t) => {
  const of = (name: string) => oneLine(rendered.find((mail) => mail.name === name)?.text ?? '')
  t.match(of('notice'), 'Earlier codes keep working until they expire')
  t.match(of('notice'), 'ever asks for your code or your answer')
  t.match(of('receipt'), 'handed a notice of it to the mail system')
  t.match(of('receipt'), 'does not prove delivery')
  t.notMatch(of('receipt').replace('does not prove delivery', ''), /deliver/)
})

t.test('every text of the mails is used', async (t) => {
  const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(join(root, 'src', file), 'utf8'))
    .join('\n')
  const keys = keysOf(JSON.parse(readFileSync(join(templatesFolder, 'texts/en/mail.json'), 'utf8')), 'mail')
  t.ok(keys.length > 50)
  t.same(
    keys.filter((key) => !asked.has(key) && !sources.includes(`'${key}'`)),
    [],
  )
})

function flipped(values: Values): Values {
  const switches = ['fax', 'resend', 'ready', 'expired', 'longer']
  const turned = Object.entries(values).map(([key, value]) => [key, switches.includes(key) ? (value === '' ? 'yes' : '') : value])
  return { ...Object.fromEntries(turned), ...('announcedAs' in values ? { announcedAs: '' } : {}) }
}

function recording(spoken: Texts): Texts {
  return {
    languages: spoken.languages,
    in: (language) => {
      const text = spoken.in(language)
      return (key, values) => {
        asked.add(key)
        return text(key, values)
      }
    },
  }
}

function keysOf(entry: unknown, path: string): string[] {
  if (typeof entry !== 'object' || entry === null || 'other' in entry) return [path]
  return Object.entries(entry).flatMap(([key, inner]) => keysOf(inner, `${path}.${key}`))
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ')
}

function escaped(value: string): string {
  return value.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
