/**
 * What a terminal must still know after a power cut: here the transfers and their steps; in parts of their own the receipts that the main
 * server does not have yet, what each destination shows, the owner's commands that are due, and the main server's clock.
 *
 *   receiving ──all durable, receipt signed──► received ──renamed──► active ──taken out──► withdrawn
 *       └──────────────────────────────────────────┴── failed, cancelled: the row goes
 *
 * Guarantee: a bitmap is committed only after the bytes it speaks of were synced, and a receipt only with the step it tells of.
 */

import { type Kysely, sql } from 'kysely'
import { type OpenedDatabase, openDatabase } from '../registry/open-database.ts'
import { bytesOf } from '../registry/stored-bytes.ts'
import type { SignedBytes } from '../wire/field-schemas.ts'
import { ClockRecord } from './clock-record.ts'
import { DestinationRecord } from './destination-record.ts'
import { HookRecord } from './hook-record.ts'
import { type KeptReceipt, post, ReceiptOutbox } from './receipt-outbox.ts'
import { STATE_MIGRATIONS, type Stage, type StateSchema } from './state-schema.ts'

/** How a terminal opens its state: as a file, or as one that a simulated crash leaves standing. */
export type OpenDatabase = typeof openDatabase

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
  readonly #opened: OpenedDatabase<StateSchema>

  private constructor(opened: OpenedDatabase<StateSchema>) {
    this.#opened = opened
    this.outbox = new ReceiptOutbox(opened)
    this.destinations = new DestinationRecord(opened)
    this.hooks = new HookRecord(opened)
    this.clock = new ClockRecord(opened)
  }

  /** @throws what `open` throws */
  static async open(path: string, open: OpenDatabase = openDatabase): Promise<StateFile> {
    return new StateFile(await open<StateSchema>({ path, migrations: STATE_MIGRATIONS }))
  }

  async close(): Promise<void> {
    await this.#opened.close()
  }

  /** A transfer begins; what an earlier attempt left of it is forgotten. */
  async begin(kept: NewTransfer): Promise<void> {
    await this.#transaction((db) => begin(db, kept))
  }

  /** The packets of the bitmap are synced; `tables` came in since the last call. */
  async keepProgress(transfer: number, durable: Uint8Array, tables: ReadonlyMap<number, Uint8Array>): Promise<void> {
    await this.#transaction(async (db) => {
      await db.updateTable('transfers').set({ durable }).where('transfer', '=', transfer).execute()
      await keepTables(db, transfer, tables)
    })
  }

  /** Everything is synced: the receipt goes into the outbox in the same step. `begun`: so does the transfer's beginning. */
  async keepReceived({ transfer, durable, tables, receipt, begun }: ReceivedTransfer): Promise<void> {
    await this.#transaction(async (db) => {
      if (begun !== undefined) await begin(db, begun)
      const kept = { receipt: receipt.payload, receipt_signature: receipt.signature }
      await db
        .updateTable('transfers')
        .set({ stage: 'received', durable, ...kept })
        .where('transfer', '=', transfer)
        .execute()
      await keepTables(db, transfer, tables)
      await post(db, { transfer, state: 'received', receipt, error: null })
    })
  }

  /**
   * The content is at its destination; `published` is by what it is known again. `hook`: the owner's command is due from now on.
   * `isToldOnce`: this receipt is sent in place of the one that says that it was received.
   */
  async keepActive(
    transfer: number,
    receipt: SignedBytes,
    { published, hook, isToldOnce = false }: { published: string; hook: boolean; isToldOnce?: boolean },
  ): Promise<void> {
    await this.#transaction(async (db) => {
      await db
        .updateTable('transfers')
        .set({ stage: 'active', published, hook: hook ? 'activate' : null, hook_tries: 0 })
        .where('transfer', '=', transfer)
        .execute()
      await db.deleteFrom('tables').where('transfer', '=', transfer).execute()
      await forgetShown(db, transfer)
      if (isToldOnce)
        await db.deleteFrom('outbox').where('transfer', '=', transfer).where('state', '=', 'received').execute()
      await post(db, { transfer, state: 'active', receipt, error: null })
      await forgetOld(db, transfer)
    })
  }

  /** The content is not at its destination any more, or not as it was published: `error` says so then. */
  async keepWithdrawn(report: KeptReceipt, { hook }: { hook: boolean }): Promise<void> {
    await this.#transaction(async (db) => {
      await db
        .updateTable('transfers')
        .set({ stage: 'withdrawn', ...(hook && { hook: 'deactivate', hook_tries: 0 }) })
        .where('transfer', '=', report.transfer)
        .execute()
      await post(db, report)
    })
  }

  /** Received content will never be published, but for what is `shown` at these destinations: the main server is told in the same step. */
  async keepFailed(report: KeptReceipt, shown: readonly string[]): Promise<void> {
    await this.#transaction(async (db) => {
      await keepShown(db, report.transfer, shown)
      await db.deleteFrom('transfers').where('transfer', '=', report.transfer).execute()
      await db.deleteFrom('outbox').where('transfer', '=', report.transfer).where('state', '=', 'received').execute()
      await post(db, report)
    })
  }

  /** The transfer failed or was cancelled here; at these destinations it is `shown`. */
  async forget(transfer: number, shown: readonly string[] = []): Promise<void> {
    await this.#transaction(async (db) => {
      await keepShown(db, transfer, shown)
      await db.deleteFrom('transfers').where('transfer', '=', transfer).execute()
      await db.deleteFrom('outbox').where('transfer', '=', transfer).where('state', '=', 'received').execute()
    })
  }

  /** Transfers to go on with after a restart. */
  async unfinished(): Promise<KeptTransfer[]> {
    const rows = await this.#opened.db
      .selectFrom('transfers')
      .selectAll()
      .where('stage', 'in', ['receiving', 'received'])
      .execute()
    return Promise.all(rows.map((row) => this.#keptIn(row)))
  }

  /** A transfer that was received here, and is not published yet; undefined for any other. */
  async received(transfer: number): Promise<KeptTransfer | undefined> {
    const row = await this.#opened.db
      .selectFrom('transfers')
      .selectAll()
      .where('transfer', '=', transfer)
      .where('stage', '=', 'received')
      .executeTakeFirst()
    return row && this.#keptIn(row)
  }

  async #keptIn(row: StateSchema['transfers']): Promise<KeptTransfer> {
    return {
      transfer: row.transfer,
      stage: row.stage,
      destination: row.destination,
      activateAtMs: row.activate_at,
      deactivateAtMs: row.deactivate_at,
      manifest: { payload: bytesOf(row.manifest), signature: bytesOf(row.manifest_signature) },
      ticket: { payload: bytesOf(row.ticket), signature: bytesOf(row.ticket_signature) },
      durable: bytesOf(row.durable),
      tables: await this.#tables(row.transfer),
    }
  }

  async #tables(transfer: number): Promise<Uint8Array[]> {
    const rows = await this.#opened.db
      .selectFrom('tables')
      .select('bytes')
      .where('transfer', '=', transfer)
      .orderBy('segment')
      .execute()
    return rows.map((row) => bytesOf(row.bytes))
  }

  #transaction(work: (db: Kysely<StateSchema>) => Promise<void>): Promise<void> {
    return this.#opened.transaction(work)
  }
}

async function begin(db: Kysely<StateSchema>, kept: NewTransfer): Promise<void> {
  await db.deleteFrom('transfers').where('transfer', '=', kept.transfer).execute()
  await db.deleteFrom('outbox').where('transfer', '=', kept.transfer).where('state', '=', 'failed').execute()
  await db
    .insertInto('transfers')
    .values({
      transfer: kept.transfer,
      stage: 'receiving',
      destination: kept.destination,
      activate_at: kept.activateAtMs,
      deactivate_at: kept.deactivateAtMs,
      manifest: kept.manifest.payload,
      manifest_signature: kept.manifest.signature,
      ticket: kept.ticket.payload,
      ticket_signature: kept.ticket.signature,
      durable: new Uint8Array(0),
      receipt: null,
      receipt_signature: null,
      published: null,
      hook: null,
      hook_tries: 0,
    })
    .execute()
  for (const destination of kept.destinations) {
    await db.insertInto('destinations').values({ transfer: kept.transfer, destination }).execute()
  }
}

async function keepTables(db: Kysely<StateSchema>, transfer: number, tables: ReadonlyMap<number, Uint8Array>) {
  if (tables.size === 0) return
  await db
    .insertInto('tables')
    .values([...tables].map(([segment, bytes]) => ({ transfer, segment, bytes })))
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

async function keepShown(db: Kysely<StateSchema>, transfer: number, destinations: readonly string[]): Promise<void> {
  for (const destination of destinations) {
    await db
      .insertInto('shown')
      .values({ destination, transfer })
      .onConflict((known) =>
        known.column('destination').doUpdateSet({ transfer }).where('shown.transfer', '<', transfer),
      )
      .execute()
  }
}

/** The newest of each destination stays: an older one must never replace it, however late it comes. */
async function forgetOld(db: Kysely<StateSchema>, newest: number): Promise<void> {
  await sql`
    DELETE FROM transfers
    WHERE transfer < ${newest - REMEMBERED_TRANSFERS}
      AND (stage = 'withdrawn' OR (stage = 'active' AND deactivate_at IS NULL))
      AND NOT EXISTS (
        SELECT 1 FROM destinations AS own
        WHERE own.transfer = transfers.transfer AND NOT EXISTS (
          SELECT 1 FROM destinations AS newer JOIN transfers AS by_newer ON by_newer.transfer = newer.transfer
          WHERE by_newer.stage IN ('active', 'withdrawn')
            AND newer.destination = own.destination AND newer.transfer > own.transfer))`.execute(db)
}

/** The transfer's own row says it from now on. */
async function forgetShown(db: Kysely<StateSchema>, transfer: number): Promise<void> {
  await db
    .deleteFrom('shown')
    .where('transfer', '<=', transfer)
    .where('destination', 'in', (query) =>
      query.selectFrom('destinations').select('destination').where('transfer', '=', transfer),
    )
    .execute()
}
