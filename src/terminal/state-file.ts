/**
 * What a terminal must still know after a power cut: here the transfers and their steps; in parts of their own the receipts that the main
 * server does not have yet, what each destination shows, the owner's commands that are due, and the main server's clock.
 *
 *   receiving ──all durable, receipt signed──► received ──renamed──► active ──taken out──► withdrawn
 *       └──────────────────────────────────────────┴── failed, cancelled: the row goes
 *
 * Guarantee: a bitmap is committed only after the bytes it speaks of were synced, and a receipt only with the step it tells of.
 */

import { bytesOf } from '../registry/stored-bytes.ts'
import type { SignedBytes } from '../wire/field-schemas.ts'
import { ClockRecord } from './clock-record.ts'
import { DestinationRecord } from './destination-record.ts'
import { HookRecord } from './hook-record.ts'
import { type KeptReceipt, ReceiptOutbox } from './receipt-outbox.ts'
import { openStateDatabase, type StateDatabase } from './state-database.ts'
import { type HookEvent, STATE_MIGRATIONS, type Stage, type TransferRow } from './state-schema.ts'

/** How a terminal opens its state: as a file, or as one that a simulated crash leaves standing. */
export type OpenDatabase = typeof openStateDatabase

export interface KeptTransfer {
  readonly transfer: number
  readonly stage: Stage
  readonly destination: string
  readonly activateAtMs: number | null
  readonly deactivateAtMs: number | null
  readonly manifest: SignedBytes
  readonly ticket: SignedBytes
  readonly durable: Uint8Array
  /** The signed tables, by segment. */
  readonly tables: readonly Uint8Array[]
}

export interface NewTransfer extends Omit<KeptTransfer, 'stage' | 'durable' | 'tables'> {
  /** Where something of it lands by a name of its own. */
  readonly destinations: readonly string[]
}

export interface ReceivedTransfer extends Pick<KeptTransfer, 'transfer' | 'durable'> {
  /** Those that came in since the last progress that was kept. */
  readonly tables: ReadonlyMap<number, Uint8Array>
  readonly receipt: SignedBytes
  /** Of a transfer whose beginning was not kept. */
  readonly begun?: NewTransfer | undefined
}

/** Finished transfers that a terminal remembers, so that it can say that it has them. */
const REMEMBERED_TRANSFERS = 1000

export class StateFile {
  readonly outbox: ReceiptOutbox
  readonly destinations: DestinationRecord
  readonly hooks: HookRecord
  readonly clock: ClockRecord
  readonly #database: StateDatabase
  readonly #sql: ReturnType<typeof statements>

  private constructor(database: StateDatabase) {
    this.#database = database
    this.#sql = statements(database)
    this.outbox = new ReceiptOutbox(database)
    this.destinations = new DestinationRecord(database)
    this.hooks = new HookRecord(database, this.outbox)
    this.clock = new ClockRecord(database)
  }

  /** @throws what `open` throws */
  static async open(path: string, open: OpenDatabase = openStateDatabase): Promise<StateFile> {
    return new StateFile(await open({ path, migrations: STATE_MIGRATIONS }))
  }

  async close(): Promise<void> {
    // Where that is impossible they are sent once more after the next start.
    if (this.outbox.isLittered) await this.#database.transaction(() => this.outbox.clear()).catch(() => undefined)
    await this.#database.close()
  }

  /** A transfer begins; what an earlier attempt left of it is forgotten. */
  begin(kept: NewTransfer): Promise<void> {
    return this.#database.transaction(() => this.#begin(kept))
  }

  /** The packets of the bitmap are synced; `tables` came in since the last call. */
  keepProgress(transfer: number, durable: Uint8Array, tables: ReadonlyMap<number, Uint8Array>): Promise<void> {
    return this.#database.transaction(() => {
      this.#sql.progress.run(durable, transfer)
      this.#keepTables(transfer, tables)
    })
  }

  /** Everything is synced: the receipt goes into the outbox in the same step. `begun`: so does the transfer's beginning. */
  keepReceived({ transfer, durable, tables, receipt, begun }: ReceivedTransfer): Promise<void> {
    return this.#database.transaction(() => {
      if (begun !== undefined) this.#begin(begun)
      this.#sql.received.run(durable, receipt.payload, receipt.signature, transfer)
      this.#keepTables(transfer, tables)
      this.outbox.post({ transfer, state: 'received', receipt, error: null })
    })
  }

  /**
   * The content is at its destination; `published` is by what it is known again. `hook`: the owner's command is due from now on.
   * `isToldOnce`: this receipt is sent in place of the one that says that it was received.
   */
  keepActive(
    transfer: number,
    receipt: SignedBytes,
    { published, hook, isToldOnce = false }: { published: string; hook: boolean; isToldOnce?: boolean },
  ): Promise<void> {
    return this.#database.transaction(() => {
      this.#sql.active.run(published, hook ? 'activate' : null, transfer)
      this.#sql.forgetTables.run(transfer)
      this.destinations.forgetShown(transfer)
      if (isToldOnce) this.outbox.remove(transfer, 'received')
      this.outbox.post({ transfer, state: 'active', receipt, error: null })
      this.#sql.forgetOld.run(transfer - REMEMBERED_TRANSFERS)
    })
  }

  /** The content is not at its destination any more, or not as it was published: `error` says so then. */
  keepWithdrawn(report: KeptReceipt, { hook }: { hook: boolean }): Promise<void> {
    return this.#database.transaction(() => {
      this.#sql.withdrawn.run(report.transfer)
      if (hook) this.#sql.deactivateHook.run(report.transfer)
      this.outbox.post(report)
    })
  }

  /** Received content will never be published, but for what is `shown` at these destinations: the main server is told in the same step. */
  keepFailed(report: KeptReceipt, shown: readonly string[]): Promise<void> {
    return this.#database.transaction(() => {
      this.#forget(report.transfer, shown)
      this.outbox.post(report)
    })
  }

  /** The transfer failed or was cancelled here; at these destinations it is `shown`. */
  forget(transfer: number, shown: readonly string[] = []): Promise<void> {
    return this.#database.transaction(() => this.#forget(transfer, shown))
  }

  /** Transfers to go on with after a restart. */
  unfinished(): KeptTransfer[] {
    return this.#sql.unfinished.all().map((row) => this.#keptIn(row))
  }

  /** A transfer that was received here, and is not published yet; undefined for any other. */
  received(transfer: number): KeptTransfer | undefined {
    const row = this.#sql.unpublished.get(transfer)
    return row && this.#keptIn(row)
  }

  #begin({ manifest, ticket, destinations, ...kept }: NewTransfer): void {
    const { transfer } = kept
    this.#sql.remove.run(transfer)
    this.outbox.remove(transfer, 'failed')
    this.#sql.begin.run({
      ...kept,
      ...{ manifest: manifest.payload, manifestSignature: manifest.signature },
      ...{ ticket: ticket.payload, ticketSignature: ticket.signature },
    })
    for (const destination of destinations) this.destinations.add(transfer, destination)
  }

  #keepTables(transfer: number, tables: ReadonlyMap<number, Uint8Array>): void {
    for (const [segment, bytes] of tables) this.#sql.keepTable.run(transfer, segment, bytes)
  }

  #forget(transfer: number, shown: readonly string[]): void {
    for (const destination of shown) this.destinations.keepShown(transfer, destination)
    this.#sql.remove.run(transfer)
    this.outbox.remove(transfer, 'received')
  }

  #keptIn(row: TransferRow): KeptTransfer {
    return {
      transfer: row.transfer,
      stage: row.stage,
      destination: row.destination,
      activateAtMs: row.activate_at,
      deactivateAtMs: row.deactivate_at,
      manifest: { payload: bytesOf(row.manifest), signature: bytesOf(row.manifest_signature) },
      ticket: { payload: bytesOf(row.ticket), signature: bytesOf(row.ticket_signature) },
      durable: bytesOf(row.durable),
      tables: this.#sql.tables.all(row.transfer).map(({ bytes }) => bytesOf(bytes)),
    }
  }
}

interface BegunRow extends Omit<NewTransfer, 'manifest' | 'ticket' | 'destinations'> {
  readonly manifest: Uint8Array
  readonly manifestSignature: Uint8Array
  readonly ticket: Uint8Array
  readonly ticketSignature: Uint8Array
}

function statements(database: StateDatabase) {
  return {
    begin: database.prepare<BegunRow>(
      `INSERT INTO transfers
         (transfer, stage, destination, activate_at, deactivate_at, manifest, manifest_signature, ticket, ticket_signature, durable)
         VALUES (:transfer, 'receiving', :destination, :activateAtMs, :deactivateAtMs,
           :manifest, :manifestSignature, :ticket, :ticketSignature, x'')`,
    ),
    progress: database.prepare<[Uint8Array, number]>('UPDATE transfers SET durable = ? WHERE transfer = ?'),
    received: database.prepare<[Uint8Array, Uint8Array, Uint8Array, number]>(
      `UPDATE transfers SET stage = 'received', durable = ?, receipt = ?, receipt_signature = ? WHERE transfer = ?`,
    ),
    active: database.prepare<[string, HookEvent | null, number]>(
      `UPDATE transfers SET stage = 'active', published = ?, hook = ?, hook_tries = 0 WHERE transfer = ?`,
    ),
    withdrawn: database.prepare<[number]>(`UPDATE transfers SET stage = 'withdrawn' WHERE transfer = ?`),
    deactivateHook: database.prepare<[number]>(
      `UPDATE transfers SET hook = 'deactivate', hook_tries = 0 WHERE transfer = ?`,
    ),
    remove: database.prepare<[number]>('DELETE FROM transfers WHERE transfer = ?'),
    keepTable: database.prepare<[number, number, Uint8Array]>(
      'INSERT INTO tables (transfer, segment, bytes) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
    ),
    tables: database.prepare<[number], { bytes: Uint8Array }>(
      'SELECT bytes FROM tables WHERE transfer = ? ORDER BY segment',
    ),
    forgetTables: database.prepare<[number]>('DELETE FROM tables WHERE transfer = ?'),
    unfinished: database.prepare<[], TransferRow>(`SELECT * FROM transfers WHERE stage IN ('receiving', 'received')`),
    unpublished: database.prepare<[number], TransferRow>(
      `SELECT * FROM transfers WHERE transfer = ? AND stage = 'received'`,
    ),
    // The newest of each destination stays: an older one must never replace it, however late it comes.
    forgetOld: database.prepare<[number]>(
      `DELETE FROM transfers
         WHERE transfer < ?
           AND (stage = 'withdrawn' OR (stage = 'active' AND deactivate_at IS NULL))
           AND NOT EXISTS (
             SELECT 1 FROM destinations AS own
             WHERE own.transfer = transfers.transfer AND NOT EXISTS (
               SELECT 1 FROM destinations AS newer JOIN transfers AS by_newer ON by_newer.transfer = newer.transfer
               WHERE by_newer.stage IN ('active', 'withdrawn')
                 AND newer.destination = own.destination AND newer.transfer > own.transfer))`,
    ),
  }
}
