// knex has no types for its own dialects; this is the part of the SQLite one that sqlite.ts builds on (knex 3.3).

declare module 'knex/lib/dialects/sqlite3/index.js' {
  import type { Knex } from 'knex'

  /** What knex drives a transaction with. `begin` may be replaced until the next turn of the event loop. */
  interface TransactionInside {
    trxClient: Knex.Client
    begin(connection: unknown): Promise<unknown>
  }

  // biome-ignore lint/style/noDefaultExport: knex exports it so
  export default class Client_SQLite3 extends Knex.Client {
    constructor(config: Knex.Config)
    override transaction(container: unknown, config: unknown, outer: unknown): Knex.Transaction & TransactionInside
    override query(connection: unknown, query: unknown): Promise<unknown>
    override acquireConnection(): Promise<unknown>
  }
}
