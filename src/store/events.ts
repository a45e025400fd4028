// What people and HePoEx did to a package, a consumer or a provider. Rows are added and never changed: the database refuses it.

import type { Knex } from 'knex'
import { fromColumns, fromJson, toColumns, toJson } from './rows.js'

export interface Event {
  readonly id: string
  readonly at: number
  readonly kind: string
  /** Who did it: `intake`, `consumer`, an admin's id … */
  readonly actor: string
  readonly packageId: string | null
  readonly consumerId: string | null
  readonly providerId: string | null
  readonly intakeNumber: string | null
  /** No health data, no address. */
  readonly details: Readonly<Record<string, string | number | boolean>>
}

export interface Events {
  append(event: Event): Promise<void>
  /** In the order they happened; within one millisecond in no order. */
  forPackage(id: string): Promise<Event[]>
}

export function eventsTable(knex: Knex): Events {
  return {
    append: async (event) => {
      await knex('events').insert(toColumns({ ...event, details: toJson(event.details) }))
    },
    forPackage: async (id) => {
      const rows = await knex('events').where({ package_id: id }).orderBy('at').orderBy('id')
      return rows.map((row) => ({ ...fromColumns<Event>(row), details: fromJson(row.details) }))
    },
  }
}
