/**
 * What a terminal must still know after a power cut: transfers under way, receipts that the main server does not have yet, and which
 * transfer each destination shows.
 *
 *   receiving ──all durable, receipt signed──► received ──renamed──► active      (or the row goes: failed, cancelled)
 *
 * Guarantee: a bitmap is committed only after the bytes it speaks of were synced, and a receipt only with the step it tells of.
 */

import type { Generated, Kysely } from 'kysely'
import { type OpenedDatabase, openDatabase } from '../registry/open-database.ts'
import type { SignedBytes } from '../wire/field-schemas.ts'

export type Stage = 'receiving' | 'received' | 'active'
export type ReceiptState = 'received' | 'active'

interface TransferRow {
  transfer: number
  stage: Stage
  destination: string
  manifest: Uint8Array
  manifest_signature: Uint8Array
  ticket: Uint8Array
  ticket_signature: Uint8Array
  /** Bitmap of the packets that are durable. */
  durable: Uint8Array
  /** The last receipt, once the content was received. */
  receipt: Uint8Array | null
  receipt_signature: Uint8Array | null
}

interface StateSchema {
  transfers: TransferRow
  tables: { transfer: number; segment: number; bytes: Uint8Array }
  outbox: { transfer: number; state: ReceiptState; receipt: Uint8Array; signature: Uint8Array; id: Generated<number> }
}

const MIGRATIONS = [
  `CREATE TABLE transfers (
     transfer INTEGER PRIMARY KEY,
     stage TEXT NOT NULL CHECK (stage IN ('receiving', 'received', 'active')),
     destination TEXT NOT NULL,
     manifest BLOB NOT NULL, manifest_signature BLOB NOT NULL,
     ticket BLOB NOT NULL, ticket_signature BLOB NOT NULL,
     durable BLOB NOT NULL,
     receipt BLOB, receipt_signature BLOB
   ) STRICT;
   CREATE INDEX transfers_by_destination ON transfers (destination, transfer);
   CREATE TABLE tables (
     transfer INTEGER NOT NULL REFERENCES transfers ON DELETE CASCADE,
     segment INTEGER NOT NULL,
     bytes BLOB NOT NULL,
     PRIMARY KEY (transfer, segment)
   ) STRICT;
   CREATE TABLE outbox (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     transfer INTEGER NOT NULL,
     state TEXT NOT NULL,
     receipt BLOB NOT NULL, signature BLOB NOT NULL,
     UNIQUE (transfer, state)
   ) STRICT;`,
]

/** How a terminal opens its state: as a file, or as one that a simulated crash leaves standing. */
export type OpenDatabase = typeof openDatabase

export interface KeptTransfer {
  readonly transfer: number
  readonly stage: Stage
  readonly destination: string
  readonly manifest: SignedBytes
  readonly ticket: SignedBytes
  readonly durable: Uint8Array
  /** The signed tables, by segment. */
  readonly tables: readonly Uint8Array[]
}

export interface KeptReceipt {
  readonly transfer: number
  readonly state: ReceiptState
  readonly receipt: SignedBytes
}

/** Finished transfers that a terminal remembers, so that it can say that it has them. */
const REMEMBERED_TRANSFERS = 1000

export class StateFile {
  readonly #opened: OpenedDatabase<StateSchema>

  private constructor(opened: OpenedDatabase<StateSchema>) {
    this.#opened = opened
  }

  /** @throws what `open` throws */
  static async open(path: string, open: OpenDatabase = openDatabase): Promise<StateFile> {
    return new StateFile(await open<StateSchema>({ path, migrations: MIGRATIONS }))
  }

  async close(): Promise<void> {
    await this.#opened.close()
  }

  /** A transfer begins; what an earlier attempt left of it is forgotten. */
  async begin(kept: Omit<KeptTransfer, 'stage' | 'durable' | 'tables'>): Promise<void> {
    await this.#transaction(async (db) => {
      await db.deleteFrom('transfers').where('transfer', '=', kept.transfer).execute()
      await db
        .insertInto('transfers')
        .values({
          transfer: kept.transfer,
          stage: 'receiving',
          destination: kept.destination,
          manifest: kept.manifest.payload,
          manifest_signature: kept.manifest.signature,
          ticket: kept.ticket.payload,
          ticket_signature: kept.ticket.signature,
          durable: new Uint8Array(0),
          receipt: null,
          receipt_signature: null,
        })
        .execute()
    })
  }

  /** The packets of the bitmap are synced; `tables` came in since the last call. */
  async keepProgress(transfer: number, durable: Uint8Array, tables: ReadonlyMap<number, Uint8Array>): Promise<void> {
    await this.#transaction(async (db) => {
      await db.updateTable('transfers').set({ durable }).where('transfer', '=', transfer).execute()
      await keepTables(db, transfer, tables)
    })
  }

  /** Everything is synced: the receipt goes into the outbox in the same step. */
  async keepReceived(
    transfer: number,
    durable: Uint8Array,
    tables: ReadonlyMap<number, Uint8Array>,
    receipt: SignedBytes,
  ): Promise<void> {
    await this.#transaction(async (db) => {
      const kept = { receipt: receipt.payload, receipt_signature: receipt.signature }
      await db
        .updateTable('transfers')
        .set({ stage: 'received', durable, ...kept })
        .where('transfer', '=', transfer)
        .execute()
      await keepTables(db, transfer, tables)
      await post(db, { transfer, state: 'received', receipt })
    })
  }

  /** The content is at its destination. */
  async keepActive(transfer: number, receipt: SignedBytes): Promise<void> {
    await this.#transaction(async (db) => {
      await db.updateTable('transfers').set({ stage: 'active' }).where('transfer', '=', transfer).execute()
      await db.deleteFrom('tables').where('transfer', '=', transfer).execute()
      await post(db, { transfer, state: 'active', receipt })
      // The newest of each destination stays: an older one must never replace it, however late it comes.
      await db
        .deleteFrom('transfers')
        .where('stage', '=', 'active')
        .where('transfer', '<', transfer - REMEMBERED_TRANSFERS)
        .where(({ exists, selectFrom }) =>
          exists(
            selectFrom('transfers as newer')
              .select('newer.transfer')
              .where('newer.stage', '=', 'active')
              .whereRef('newer.destination', '=', 'transfers.destination')
              .whereRef('newer.transfer', '>', 'transfers.transfer'),
          ),
        )
        .execute()
    })
  }

  /** The transfer failed or was cancelled here. */
  async forget(transfer: number): Promise<void> {
    await this.#opened.db.deleteFrom('transfers').where('transfer', '=', transfer).execute()
  }

  /** The receipt of a transfer that is active here; undefined for any other. */
  async receiptOf(transfer: number): Promise<KeptReceipt | undefined> {
    const row = await this.#opened.db
      .selectFrom('transfers')
      .select(['receipt', 'receipt_signature'])
      .where('transfer', '=', transfer)
      .where('stage', '=', 'active')
      .executeTakeFirst()
    if (!row?.receipt || !row.receipt_signature) return undefined
    const receipt = { payload: asBytes(row.receipt), signature: asBytes(row.receipt_signature) }
    return { transfer, state: 'active', receipt }
  }

  /** The newest transfer that this destination received; 0 when there is none. */
  async newestAt(destination: string): Promise<number> {
    const row = await this.#opened.db
      .selectFrom('transfers')
      .select((select) => select.fn.max('transfer').as('newest'))
      .where('destination', '=', destination)
      .where('stage', '!=', 'receiving')
      .executeTakeFirst()
    return row?.newest ?? 0
  }

  /** Transfers to go on with after a restart. */
  async unfinished(): Promise<KeptTransfer[]> {
    const rows = await this.#opened.db.selectFrom('transfers').selectAll().where('stage', '!=', 'active').execute()
    return Promise.all(
      rows.map(async (row) => ({
        transfer: row.transfer,
        stage: row.stage,
        destination: row.destination,
        manifest: { payload: asBytes(row.manifest), signature: asBytes(row.manifest_signature) },
        ticket: { payload: asBytes(row.ticket), signature: asBytes(row.ticket_signature) },
        durable: asBytes(row.durable),
        tables: await this.#tables(row.transfer),
      })),
    )
  }

  /** Receipts that the main server has not confirmed, oldest first. */
  async outbox(): Promise<KeptReceipt[]> {
    const rows = await this.#opened.db.selectFrom('outbox').selectAll().orderBy('id').execute()
    return rows.map((row) => ({
      transfer: row.transfer,
      state: row.state,
      receipt: { payload: asBytes(row.receipt), signature: asBytes(row.signature) },
    }))
  }

  /** The main server has this receipt. */
  async settle(transfer: number, state: string): Promise<void> {
    await this.#opened.db
      .deleteFrom('outbox')
      .where('transfer', '=', transfer)
      .where('state', '=', state as ReceiptState)
      .execute()
  }

  async #tables(transfer: number): Promise<Uint8Array[]> {
    const rows = await this.#opened.db
      .selectFrom('tables')
      .select('bytes')
      .where('transfer', '=', transfer)
      .orderBy('segment')
      .execute()
    return rows.map((row) => asBytes(row.bytes))
  }

  #transaction(work: (db: Kysely<StateSchema>) => Promise<void>): Promise<void> {
    return this.#opened.transaction(work)
  }
}

async function keepTables(db: Kysely<StateSchema>, transfer: number, tables: ReadonlyMap<number, Uint8Array>) {
  for (const [segment, bytes] of tables) {
    await db
      .insertInto('tables')
      .values({ transfer, segment, bytes })
      .onConflict((conflict) => conflict.doNothing())
      .execute()
  }
}

async function post(db: Kysely<StateSchema>, { transfer, state, receipt }: KeptReceipt): Promise<void> {
  await db
    .insertInto('outbox')
    .values({ transfer, state, receipt: receipt.payload, signature: receipt.signature })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

function asBytes(blob: Uint8Array): Uint8Array {
  return new Uint8Array(blob.buffer, blob.byteOffset, blob.byteLength)
}
