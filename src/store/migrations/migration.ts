// One step of the schema. A step that has run anywhere is never changed again: a later step puts it right.

import type { Knex } from 'knex'

export interface Migration {
  /** `NNNN-what`; the number is unique over all subjects and only grows. */
  readonly name: string
  up(knex: Knex): Promise<void>
}
