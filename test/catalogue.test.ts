import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { asked, mails, operator, rendered, root, SITE, templates, templatesFolder, texts, unseen } from './support/mails.js'

t.test('every mail template is in the table of samples, as plain text and as HTML', async (t) => {
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
  const keys = ['mail', 'request-mails'].flatMap((catalogue) =>
    keysOf(JSON.parse(readFileSync(join(templatesFolder, `texts/en/${catalogue}.json`), 'utf8')), catalogue),
  )
  t.ok(keys.length > 50)
  t.same(
    keys.filter((key) => !asked.has(key) && !sources.includes(`'${key}'`)),
    [],
  )
})

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
