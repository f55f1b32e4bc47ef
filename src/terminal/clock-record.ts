/** What a terminal's state knows of the main server's clock. */

import type { OpenedDatabase } from '../registry/open-database.ts'
import type { StateSchema } from './state-schema.ts'

/** What is known of the main server's clock. */
export interface KeptClock {
  /** How far it is ahead of this machine's. */
  readonly aheadMs: number
  /** Its latest reading, milliseconds since 1970. */
  readonly readMs: number
}

export class ClockRecord {
  readonly #opened: OpenedDatabase<StateSchema>

  constructor(opened: OpenedDatabase<StateSchema>) {
    this.#opened = opened
  }

  /** What was last read of the main server's clock; undefined before the first time. */
  async read(): Promise<KeptClock | undefined> {
    const row = await this.#opened.db.selectFrom('main_clock').selectAll().executeTakeFirst()
    return row && { aheadMs: row.ahead_ms, readMs: row.read_ms }
  }

  async keep({ aheadMs, readMs }: KeptClock): Promise<void> {
    await this.#opened.db.replaceInto('main_clock').values({ id: 1, ahead_ms: aheadMs, read_ms: readMs }).execute()
  }
}
