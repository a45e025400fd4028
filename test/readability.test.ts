// Texts for patients stay easy: `npm run readability` tells which are not.

import t from 'tap'
import { englishSyllables, grade, judge, MAX_GRADE, MAX_TEXT_GRADE, measure, spanishSyllables } from '../scripts/readability.mjs'

t.test('what a consumer reads in English stays at grade 7 or below, and no text of it is far above', async (t) => {
  const { texts, overall, running, hard } = judge()
  t.ok(texts.length > 400)
  t.ok(overall <= MAX_GRADE, `grade ${overall}`)
  t.ok(running <= MAX_GRADE, `grade ${running} without headings and labels`)
  t.same(
    hard.map(({ key }) => key),
    [],
    `none is over grade ${MAX_TEXT_GRADE}`,
  )
})

t.test('what clinics and admins read is not counted', async (t) => {
  const keys = judge().texts.map(({ key }) => key)
  t.same(
    keys.filter((key) => /^(web\.(admin|held)\.|replies|clinical|mail\.(admin|receipt|held))/.test(key)),
    [],
  )
  for (const key of ['web.kinds.pdf', 'web.kinds.other', 'mail.notice.lead', 'web.choose.why-text', 'readable.lead'])
    t.ok(keys.includes(key), key)
})

t.test('words, sentences and syllables', async (t) => {
  t.same(measure('Open your records'), { words: 3, sentences: 1, syllables: 5 })
  t.same(measure('We e-mail you. Then you sign in, {name}!'), { words: 7, sentences: 2, syllables: 8 })
  t.same(measure('Fax: {number}'), { words: 1, sentences: 1, syllables: 1 })
  t.same(measure('If it does not work, copy this:'), { words: 7, sentences: 1, syllables: 8 })
  t.same(measure('For example maria@example.org'), { words: 3, sentences: 1, syllables: 5 })
})

t.test('syllables are guessed well', async (t) => {
  const english =
    'package:2 locked:1 deleted:3 encrypted:3 answer:2 pages:2 codes:1 people:2 readable:3 emergency:4 PDF:3 e-mail:2 something:2 being:2'
  const spanish = 'código:3 respuesta:3 día:2 correo:3 electrónico:5 quien:1 aquí:2 buzón:2 muy:1 ciudad:2 y:1'
  for (const [list, count] of [
    [english, englishSyllables],
    [spanish, spanishSyllables],
  ] as const) {
    for (const [word = '', syllables] of list.split(' ').map((pair) => pair.split(':'))) t.equal(count(word), Number(syllables), word)
  }
})

t.test('a scholar is told from a child', async (t) => {
  t.ok(grade(measure('The cat sat on the mat. It was a fat cat.')) < 2)
  t.ok(grade(measure('Notwithstanding administrative considerations, individualised communication necessitates comprehensibility.')) > 20)
})
