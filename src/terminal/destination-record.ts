/** What a terminal's state knows of its destinations: what each shows, what it received last, and what is to be shown or taken out in time. */

import { sql } from 'kysely'
import type { OpenedDatabase } from '../registry/open-database.ts'
import { bytesOf } from '../registry/stored-bytes.ts'
import type { Stage, StateSchema } from './state-schema.ts'

/** A transfer that something is still to happen to at a time. */
export interface TimedTransfer {
  readonly transfer: number
  readonly stage: 'receiving' | 'received' | 'active'
  readonly activateAtMs: number | null
  readonly deactivateAtMs: number | null
}

/** What was published at one destination, and the transfer that was shown there last. */
export interface PublishedTop {
  readonly destination: string
  readonly mark: string
  readonly newest: number
}

export class DestinationRecord {
  readonly #opened: OpenedDatabase<StateSchema>

  constructor(opened: OpenedDatabase<StateSchema>) {
    this.#opened = opened
  }

  /** What has a time to come, or one that passed while nobody looked. */
  async timed(): Promise<TimedTransfer[]> {
    const rows = await this.#opened.db
      .selectFrom('transfers')
      .select(['transfer', 'stage', 'activate_at', 'deactivate_at'])
      .where(({ or, and, eb }) =>
        or([
          and([eb('stage', '!=', 'withdrawn'), eb('deactivate_at', 'is not', null)]),
          and([eb('stage', '=', 'received'), eb('activate_at', 'is not', null)]),
        ]),
      )
      .orderBy('transfer')
      .execute()
    return rows.flatMap(({ transfer, stage, activate_at: activateAtMs, deactivate_at: deactivateAtMs }) =>
      stage === 'withdrawn' ? [] : [{ transfer, stage, activateAtMs, deactivateAtMs }],
    )
  }

  /** The manifest of a transfer that is in this stage; undefined when it is not. */
  async manifestOf(transfer: number, stage: Stage): Promise<Uint8Array | undefined> {
    const row = await this.#opened.db
      .selectFrom('transfers')
      .select('manifest')
      .where('transfer', '=', transfer)
      .where('stage', '=', stage)
      .executeTakeFirst()
    return row && bytesOf(row.manifest)
  }

  /** What a published transfer's tops are to look like, and who was shown last in their places; undefined unless it is active here. */
  async publishedAt(transfer: number): Promise<{ destination: string; tops: PublishedTop[] } | undefined> {
    const row = await this.#opened.db
      .selectFrom('transfers')
      .select(['destination', 'published'])
      .where('transfer', '=', transfer)
      .where('stage', '=', 'active')
      .executeTakeFirst()
    if (row === undefined || row.published === null) return undefined
    const tops: PublishedTop[] = []
    for (const [destination, mark] of Object.entries(JSON.parse(row.published) as Record<string, string>)) {
      const newest = (await this.#newest(destination, ['active', 'withdrawn'])) ?? transfer
      tops.push({ destination, mark, newest })
    }
    return { destination: row.destination, tops }
  }

  /** The newest transfer that this destination received, or that has put something there before it failed; 0 when there is none. */
  async newestAt(destination: string): Promise<number> {
    return (await this.#newest(destination, ['received', 'active', 'withdrawn'])) ?? 0
  }

  async #newest(destination: string, stages: readonly Stage[]): Promise<number | null> {
    // Asked several times for each delivery: written out, because building it takes longer than its answer.
    const found = await sql<{ newest: number | null }>`
      SELECT max(transfer) AS newest FROM (
        SELECT d.transfer FROM destinations AS d JOIN transfers AS t ON t.transfer = d.transfer
          WHERE d.destination = ${destination} AND t.stage IN (SELECT value FROM json_each(${JSON.stringify(stages)}))
        UNION ALL SELECT transfer FROM shown WHERE destination = ${destination})`.execute(this.#opened.db)
    return found.rows[0]?.newest ?? null
  }
}
