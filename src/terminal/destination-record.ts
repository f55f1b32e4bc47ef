/** What a terminal's state knows of its destinations: what each shows, what it received last, and what is to be shown or taken out in time. */

import { bytesOf } from '../registry/stored-bytes.ts'
import type { StateDatabase } from './state-database.ts'
import type { Stage, TransferRow } from './state-schema.ts'

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
  readonly #sql: ReturnType<typeof statements>

  constructor(database: StateDatabase) {
    this.#sql = statements(database)
  }

  /** What has a time to come, or one that passed while nobody looked. */
  timed(): TimedTransfer[] {
    return this.#sql.timed
      .all()
      .map(({ transfer, stage, activate_at: activateAtMs, deactivate_at: deactivateAtMs }) => {
        return { transfer, stage, activateAtMs, deactivateAtMs }
      })
  }

  /** The manifest of a transfer that is in this stage; undefined when it is not. */
  manifestOf(transfer: number, stage: Stage): Uint8Array | undefined {
    const row = this.#sql.manifest.get(transfer, stage)
    return row && bytesOf(row.manifest)
  }

  /** What a published transfer's tops are to look like, and who was shown last in their places; undefined unless it is active here. */
  publishedAt(transfer: number): { destination: string; tops: PublishedTop[] } | undefined {
    const row = this.#sql.published.get(transfer)
    if (row === undefined) return undefined
    const marks = Object.entries(JSON.parse(row.published) as Record<string, string>)
    const tops = marks.map(([destination, mark]) => {
      return { destination, mark, newest: this.#newest(destination, 'published') ?? transfer }
    })
    return { destination: row.destination, tops }
  }

  /** The newest transfer that this destination received, or that has put something there before it failed; 0 when there is none. */
  newestAt(destination: string): number {
    return this.#newest(destination, 'received') ?? 0
  }

  /** Within a step: the transfer puts something there. */
  add(transfer: number, destination: string): void {
    this.#sql.add.run(transfer, destination)
  }

  /** Within a step: a transfer that is about to be forgotten has put something there, and nothing older may take its place. */
  keepShown(transfer: number, destination: string): void {
    this.#sql.keepShown.run(transfer, destination)
  }

  /** Within a step: the transfer's own row says from now on what its destinations show. */
  forgetShown(transfer: number): void {
    this.#sql.forgetShown.run({ transfer })
  }

  #newest(destination: string, least: 'received' | 'published'): number | null {
    return this.#sql.newest.get({ destination, received: least === 'received' ? 1 : 0 })?.newest ?? null
  }
}

type TimedRow = Pick<TransferRow, 'transfer' | 'activate_at' | 'deactivate_at'> & Pick<TimedTransfer, 'stage'>

function statements(database: StateDatabase) {
  return {
    timed: database.prepare<[], TimedRow>(
      `SELECT transfer, stage, activate_at, deactivate_at FROM transfers
         WHERE (stage <> 'withdrawn' AND deactivate_at IS NOT NULL) OR (stage = 'received' AND activate_at IS NOT NULL)
         ORDER BY transfer`,
    ),
    manifest: database.prepare<[number, Stage], Pick<TransferRow, 'manifest'>>(
      'SELECT manifest FROM transfers WHERE transfer = ? AND stage = ?',
    ),
    published: database.prepare<[number], { destination: string; published: string }>(
      `SELECT destination, published FROM transfers WHERE transfer = ? AND stage = 'active' AND published IS NOT NULL`,
    ),
    newest: database.prepare<{ destination: string; received: 0 | 1 }, { newest: number | null }>(
      `SELECT max(transfer) AS newest FROM (
         SELECT d.transfer FROM destinations AS d JOIN transfers AS t ON t.transfer = d.transfer
           WHERE d.destination = :destination AND (t.stage IN ('active', 'withdrawn') OR (:received AND t.stage = 'received'))
         UNION ALL SELECT transfer FROM shown WHERE destination = :destination)`,
    ),
    add: database.prepare<[number, string]>('INSERT INTO destinations (transfer, destination) VALUES (?, ?)'),
    keepShown: database.prepare<[number, string]>(
      `INSERT INTO shown (transfer, destination) VALUES (?, ?)
         ON CONFLICT (destination) DO UPDATE SET transfer = excluded.transfer WHERE shown.transfer < excluded.transfer`,
    ),
    forgetShown: database.prepare<{ transfer: number }>(
      `DELETE FROM shown WHERE transfer <= :transfer
         AND destination IN (SELECT destination FROM destinations WHERE transfer = :transfer)`,
    ),
  }
}
