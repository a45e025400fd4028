import t from 'tap'
import { hl7Date, isoDate, periodInWords, readHl7Date } from '../../../src/documents/clinical/dates.js'
import { text } from './samples.js'

t.test('dates of HL7 are said as precisely as they were given, in their own time zone', async (t) => {
  for (const [written, said] of [
    ['2015', '2015'],
    ['201503', 'March 2015'],
    ['20150304', 'March 4, 2015'],
    ['2015030414', 'March 4, 2015 at 2 PM'],
    ['201503041405', 'March 4, 2015 at 2:05 PM'],
    ['20150304140507.123-0500', 'March 4, 2015 at 2:05 PM (UTC−05:00)'],
    ['20150304233000+0000', 'March 4, 2015 at 11:30 PM (UTC)'],
    ['20150304000000-0800', 'March 4, 2015'],
    ['201503040030', 'March 4, 2015 at 12:30 AM'],
    ['00990101', 'January 1, 99'],
    ['', ''],
    // No dates: shown as they are, never as another day.
    ['20150230', '20150230'],
    ['20151301', '20151301'],
    ['201503042505', '201503042505'],
    ['unknown', 'unknown'],
    ['2015-03-04', '2015-03-04'],
  ] as const) {
    t.equal(hl7Date(written, text).replace(/\u202f/g, ' '), said, written)
  }
  t.equal(readHl7Date('0000'), null)
})

t.test('dates of FHIR and CCR', async (t) => {
  for (const [written, said] of [
    ['2015', '2015'],
    ['2015-03', 'March 2015'],
    ['2015-03-04', 'March 4, 2015'],
    ['2015-03-04T14:05:07.123456Z', 'March 4, 2015 at 2:05 PM (UTC)'],
    ['2015-03-04T14:05:07+05:30', 'March 4, 2015 at 2:05 PM (UTC+05:30)'],
    ['2015-02-29', '2015-02-29'],
    ['yesterday', 'yesterday'],
  ] as const) {
    t.equal(isoDate(written, text).replace(/\u202f/g, ' '), said, written)
  }
  t.equal(isoDate(undefined, text), '')
})

t.test('periods', async (t) => {
  t.equal(periodInWords('a', 'b', text), 'a to b')
  t.equal(periodInWords('a', 'a', text), 'a')
  t.equal(periodInWords('a', '', text), 'since a')
  t.equal(periodInWords('', 'b', text), 'until b')
  t.equal(periodInWords('', '', text), '')
})
