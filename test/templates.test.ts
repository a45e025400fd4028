// Templates: HTML is escaped and plain text is not; a gap in a mail is a bug, not an empty place.

import t from 'tap'
import { createTemplates } from '../src/templates.js'
import { loadTexts } from '../src/texts.js'

const NASTY = `<script>alert("1")</script> & 'quoted'`
const ESCAPED = '&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;quoted&#39;'

const folder = t.testdir({
  first: {
    'page.njk': 'Page: {{ value }}',
    'mail.html': '<p>{{ value }}</p>',
    'mail.txt': 'Text: {{ value }}',
    'said.njk': '{{ t("web.hello", { name: value }) }} {{ language }}',
    'said.txt': '{{ t("web.hello", { name: value }) }} {{ language }}',
    'unknown.njk': '{{ t("web.unknown") }}',
    'lines.txt': 'a\n{% if true %}\n  b\n{% endif %}\nc\n',
    'whole.njk': '{% extends "layout.njk" %}{% block inside %}{{ value }}{% endblock %}',
    'layout.njk': '<main>{% block inside %}{% endblock %}</main>',
  },
  second: { 'page.njk': 'never seen', 'only-here.njk': 'second: {{ value }}' },
  texts: { en: { 'web.json': JSON.stringify({ hello: 'Hello {name}' }) }, pl: { 'web.json': JSON.stringify({ hello: 'Witaj {name}' }) } },
})

const templates = createTemplates([`${folder}/first`, `${folder}/second`], loadTexts(`${folder}/texts`))

t.test('escapes values in pages and in HTML mails', async (t) => {
  t.equal(templates.render('page.njk', 'en', { value: NASTY }), `Page: ${ESCAPED}`)
  t.equal(templates.render('mail.html', 'en', { value: NASTY }), `<p>${ESCAPED}</p>`)
})

t.test('escapes values in a page that extends a layout', async (t) => {
  t.equal(templates.render('whole.njk', 'en', { value: NASTY }), `<main>${ESCAPED}</main>`)
})

t.test('leaves values in plain text as they are', async (t) => {
  t.equal(templates.render('mail.txt', 'en', { value: NASTY }), `Text: ${NASTY}`)
})

t.test('escapes values that a text was filled with', async (t) => {
  t.equal(templates.render('said.njk', 'en', { value: NASTY }), `Hello ${ESCAPED} en`)
  t.equal(templates.render('said.txt', 'en', { value: NASTY }), `Hello ${NASTY} en`)
})

t.test('speaks the language asked for', async (t) => {
  t.equal(templates.render('said.txt', 'pl', { value: 'Sample' }), 'Witaj Sample pl')
})

t.test('does not let the context replace the texts', async (t) => {
  t.equal(templates.render('said.txt', 'en', { value: 'Sample', t: () => 'replaced', language: 'xx' }), 'Hello Sample en')
})

t.test('throws on an unknown text and on a missing template', async (t) => {
  t.throws(() => templates.render('unknown.njk', 'en', {}), /no text web\.unknown/)
  t.throws(() => templates.render('nowhere.njk', 'en', {}), /template not found/)
})

t.test('throws when a plain mail lacks a value', async (t) => {
  t.throws(() => templates.render('mail.txt', 'en', {}))
})

t.test('leaves no lines behind where a tag stood in plain text', async (t) => {
  t.equal(templates.render('lines.txt', 'en', {}), 'a\n  b\nc\n')
})

t.test('looks in the first folder first', async (t) => {
  t.equal(templates.render('page.njk', 'en', { value: 1 }), 'Page: 1')
  t.equal(templates.render('only-here.njk', 'en', { value: 1 }), 'second: 1')
})
