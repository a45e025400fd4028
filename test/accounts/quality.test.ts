import fc from 'fast-check'
import t from 'tap'
import { judgeQuestion } from '../../src/accounts/quality.js'

const GOOD = { question: 'What fell into the lake?', answer: 'straw hat and a shoe' }
const ADDRESS = 'maria.lopez1985@sampletown.example.org'

function judge(changes: { question?: string; answer?: string; again?: string }) {
  const form = { ...GOOD, ...changes }
  return judgeQuestion({ again: form.answer, ...form }, ADDRESS).map(({ field, reason }) => `${field} ${reason}`)
}

t.test('a good question and answer pass', async (t) => {
  for (const answer of [GOOD.answer, 'Größe 44 in Rosa', 'я забыла шляпу', 'Tía Petra cantó', '麦わら帽子と長い靴下', '2 cats 7 mice'])
    t.strictSame(judge({ answer }), [], answer)
})

t.test('each weakness of an answer has its own reason', async (t) => {
  const weak: Array<[string, string]> = [
    ['', 'empty'],
    [' ?! ', 'empty'],
    ['straw h', 'too-short'],
    ['s t r a w   h !', 'too-short'],
    ['x'.repeat(201), 'too-long'],
    ['Strawberry', 'common'],
    ['LOS ANGELES', 'common'],
    ['pizza1234', 'common'],
    ['12 Fluffy 34', 'common'],
    ['Pizza Pizza', 'common'],
    ['i don’t know', 'common'],
    ['aaaaaaaaa', 'repeated'],
    ['blablabla', 'repeated'],
    ['23456789', 'repeated'],
    ['hgfedcba', 'repeated'],
    ['31.12.1985', 'date'],
    ['12/31/1985', 'date'],
    ['1985-12-31', 'date'],
    ['March 3, 1985', 'date'],
    ['3rd of March', 'in-question'],
    ['maria lopez', 'from-address'],
    ['Lopez-1985', 'from-address'],
    ['sampletown', 'from-address'],
    ['my sampletown', 'from-address'],
    ['hats \u{378} hats', 'unknown-characters'],
  ]
  for (const [answer, reason] of weak) {
    const question = reason === 'in-question' ? 'Was it the 3rd of March?' : GOOD.question
    t.strictSame(judge({ answer, question }), [`answer ${reason}`], answer)
  }
})

t.test('an answer that has enough beside a part of the address passes', async (t) => {
  t.strictSame(judge({ answer: 'Maria dropped her shoe' }), [])
  t.strictSame(judge({ answer: 'the march of penguins' }), [])
})

t.test('the question must be there and of a fair length', async (t) => {
  t.strictSame(judge({ question: ' ' }), ['question empty'])
  t.strictSame(judge({ question: 'Lake?' }), ['question too-short'])
  t.strictSame(judge({ question: 'x'.repeat(201) }), ['question too-long'])
})

t.test('the answer must be the same twice, as it is compared', async (t) => {
  t.strictSame(judge({ again: 'STRAW-HAT, and a shoe!' }), [])
  t.strictSame(judge({ again: 'straw hat and a shoo' }), ['again differs'])
})

t.test('all fields are judged at once', async (t) => {
  t.strictSame(judge({ question: '', answer: 'hat' }), ['question empty', 'answer too-short'])
})

t.test('no text of any kind breaks the judge', async (t) => {
  const text = fc.string({ unit: 'binary', maxLength: 250 })
  fc.assert(fc.property(text, text, text, (question, answer, again) => Array.isArray(judge({ question, answer, again }))))
  t.pass()
})
