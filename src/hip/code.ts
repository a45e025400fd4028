// The secret code mailed to the consumer: 16 decimal digits drawn uniformly. This file never logs one, and neither may anyone else.

import { randomBytes } from 'node:crypto'
import { digitValue, kindOf } from './unicode.js'

const LENGTH = 16

/** Draws random bytes: `crypto.randomBytes`, but for tests. */
export type RandomBytes = (size: number) => Buffer

/**
 * A new code of 16 ASCII digits, uniform over all those that fail the Luhn check: data-loss filters take numbers that pass it for
 * credit cards and hold the mail back. 9 of 10 numbers fail, so 0.15 of 53.15 bits are given up.
 */
export function drawCode(random: RandomBytes = randomBytes): string {
  for (;;) {
    const code = drawDigits(random)
    if (!passesLuhn(code)) return code
  }
}

/** '4821007391556240' as people read it: '4821 0073 9155 6240'. */
export function formatCode(code: string): string {
  return code.replace(/(.{4})(?=.)/g, '$1 ')
}

/**
 * The code in what a person typed or pasted ('Code: 4821-0073 9155 6240.'), with digits of any script, as 16 ASCII digits; null
 * unless there are exactly 16 digits in it.
 */
export function readCode(text: string): string | null {
  let code = ''
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0
    if (kindOf(point) !== 'digit') continue
    if (code.length === LENGTH) return null
    code += digitValue(point)
  }
  return code.length === LENGTH ? code : null
}

function drawDigits(random: RandomBytes): string {
  let code = ''
  while (code.length < LENGTH) {
    for (const byte of random(LENGTH)) {
      // 250 is the largest multiple of ten in a byte: taking 250 to 255 too would favour the digits 0 to 5.
      if (byte < 250 && code.length < LENGTH) code += byte % 10
    }
  }
  return code
}

function passesLuhn(code: string): boolean {
  let sum = 0
  for (let place = 0; place < code.length; place++) {
    const digit = Number(code[code.length - 1 - place])
    const doubled = digit * 2 > 9 ? digit * 2 - 9 : digit * 2
    sum += place % 2 === 1 ? doubled : digit
  }
  return sum % 10 === 0
}
