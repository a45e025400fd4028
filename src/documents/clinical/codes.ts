// Codes of health records in plain words. What is not here is shown by the name that the record itself gives it.

import type { Text } from '../../texts.js'

/** By kind, the codes that have a text `clinical.<kind>.<code>`. HL7 v2 tables 0078, 0085, 0136; HL7 v3 and FHIR code systems. */
export const WORDED = {
  flags: new Set([
    'N',
    'H',
    'HH',
    'HU',
    'L',
    'LL',
    'LU',
    'A',
    'AA',
    '<',
    '>',
    'U',
    'D',
    'B',
    'W',
    'S',
    'I',
    'R',
    'MS',
    'VS',
    'POS',
    'NEG',
    'IND',
    'DET',
    'ND',
    'RR',
    'NR',
    'WR',
    'E',
    'EXP',
    'UNE',
    'SDD',
    'NS',
    'SYN-R',
    'SYN-S',
    'CAR',
  ]),
  resultStatus: new Set(['F', 'C', 'P', 'R', 'S', 'I', 'D', 'W', 'X', 'O', 'U', 'N', 'A', 'B', 'V']),
  status: new Set([
    'active',
    'completed',
    'aborted',
    'cancelled',
    'held',
    'new',
    'suspended',
    'nullified',
    'obsolete',
    'normal',
    'on-hold',
    'stopped',
    'draft',
    'entered-in-error',
    'unknown',
    'final',
    'preliminary',
    'amended',
    'corrected',
    'appended',
    'registered',
    'partial',
    'finished',
    'planned',
    'in-progress',
    'arrived',
    'triaged',
    'onleave',
    'discharged',
    'not-done',
    'preparation',
    'resolved',
    'inactive',
    'recurrence',
    'relapse',
    'remission',
    'confirmed',
    'unconfirmed',
    'provisional',
    'differential',
    'refuted',
    'intended',
    'not-taken',
    'proposed',
    'accepted',
    'rejected',
    'current',
    'superseded',
    'booked',
    'fulfilled',
    'noshow',
    'pending',
    'revoked',
    'ended',
    'retired',
    'achieved',
    'not-achieved',
    'sustaining',
    'improving',
    'worsening',
    'no-change',
    'no-progress',
    'not-attainable',
    'in-review',
    'waitlist',
    'error',
    'scheduled',
    'not-started',
    'declined',
  ]),
  absent: new Set(['NI', 'UNK', 'ASKU', 'NASK', 'NAV', 'NA', 'MSK', 'OTH', 'NINF', 'PINF', 'INV', 'TRC', 'QS']),
  confidentiality: new Set(['R', 'V']),
  maritalStatus: new Set(['M', 'S', 'D', 'W', 'L', 'A', 'T', 'P', 'U']),
  criticality: new Set(['low', 'high', 'unable-to-assess']),
  documentKinds: new Set([
    '34133-9',
    '18842-5',
    '11488-4',
    '34117-2',
    '11504-8',
    '28570-0',
    '11506-3',
    '57133-1',
    '18761-7',
    '52521-2',
    '18748-4',
    '51855-5',
    '34109-9',
    '11502-2',
    '11526-1',
    '34111-5',
    '34108-1',
    '60591-5',
  ]),
  times: new Set(['min', 'h', 'd', 'wk', 'mo', 'a', 's']),
  telecomUse: new Set(['H', 'HP', 'HV', 'WP', 'MC', 'EC', 'home', 'work', 'mobile']),
} as const

/** '' when there are no words for it here. */
export function codeWord(kind: keyof typeof WORDED, code: string | undefined, text: Text): string {
  const known: ReadonlySet<string> = WORDED[kind]
  return code !== undefined && known.has(code) ? text(`clinical.${kind}.${code}`) : ''
}

/** Administrative sex of HL7 v2 (table 0001), v3 and FHIR. Unknown codes stay as they are. */
export const SEXES: ReadonlyMap<string, string> = new Map([
  ['M', 'male'],
  ['MALE', 'male'],
  ['F', 'female'],
  ['FEMALE', 'female'],
  ['UN', 'undifferentiated'],
  ['A', 'undifferentiated'],
  ['O', 'other'],
  ['OTHER', 'other'],
  ['X', 'other'],
  ['U', 'unknown'],
  ['UNK', 'unknown'],
  ['UNKNOWN', 'unknown'],
])

export function sexInWords(code: string | undefined, text: Text): string {
  const key = SEXES.get((code ?? '').trim().toUpperCase())
  return key === undefined ? (code ?? '').trim() : text(`clinical.sex.${key}`)
}

/** Units as people write them (UCUM's case sensitive spellings on the left). */
const units: ReadonlyMap<string, string> = new Map([
  ['1', ''],
  ['mm[Hg]', 'mmHg'],
  ['[degF]', '°F'],
  ['Cel', '°C'],
  ['[in_i]', 'in'],
  ['[in_us]', 'in'],
  ['[ft_i]', 'ft'],
  ['[lb_av]', 'lb'],
  ['[oz_av]', 'oz'],
  ['[foz_us]', 'fl oz'],
  ['[tsp_us]', 'tsp'],
  ['[tbs_us]', 'tbsp'],
  ['[drp]', 'drops'],
  ['[iU]', 'IU'],
  ['[pH]', 'pH'],
  ['umol/L', 'µmol/L'],
  ['ug', 'µg'],
  ['ug/dL', 'µg/dL'],
  ['ug/L', 'µg/L'],
])

/** '' for no unit and for UCUM's `1`. Annotations lose their braces, times get their names. */
export function unitInWords(unit: string | undefined, text: Text): string {
  if (unit === undefined) return ''
  const known = units.get(unit)
  if (known !== undefined) return known
  const time = codeWord('times', unit, text)
  if (time !== '') return time
  return unit
    .replace(/^10\*(-?\d{1,2})/, '10^$1')
    .replace(/^\{([^{}]*)\}$/, '$1')
    .replace(/\[iU\]/g, 'IU')
    .replace(/mm\[Hg\]/g, 'mmHg')
}

/** A number and its unit, as in `120 mmHg`. */
export function quantityInWords(value: string | undefined, unit: string | undefined, text: Text): string {
  const words = unitInWords(unit, text)
  return [value ?? '', words].filter((part) => part !== '').join(words === '%' ? '' : ' ')
}
