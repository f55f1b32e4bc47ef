/** What a terminal's state knows of the main server's clock. */

import type { StateDatabase } from './state-database.ts'

/** What is known of the main server's clock. */
export interface KeptClock {
  /** How far it is ahead of this machine's. */
  readonly aheadMs: number
  /** Its latest reading, milliseconds since 1970. */
  readonly readMs: number
}

export class ClockRecord {
  readonly #database: StateDatabase
  readonly #sql: ReturnType<typeof statements>

  constructor(database: StateDatabase) {
    this.#database = database
    this.#sql = statements(database)
  }

  /** What was last read of the main server's clock; undefined before the first time. */
  read(): KeptClock | undefined {
    return this.#sql.read.get()
  }

  async keep(known: KeptClock): Promise<void> {
    await this.#database.transaction(() => this.#sql.keep.run(known))
  }
}

function statements(database: StateDatabase) {
  return {
    read: database.prepare<[], KeptClock>('SELECT ahead_ms AS aheadMs, read_ms AS readMs FROM main_clock'),
    keep: database.prepare<KeptClock>('REPLACE INTO main_clock (id, ahead_ms, read_ms) VALUES (1, :aheadMs, :readMs)'),
  }
}
