/**
 * What a terminal must still know after a power cut: transfers under way, receipts that the main server does not have yet, and which
 * transfer each destination shows.
 *
 *   receiving ──all durable, receipt signed──► received ──renamed──► active ──taken out──► withdrawn
 *       └──────────────────────────────────────────┴── failed, cancelled: the row goes
 *
 * Guarantee: a bitmap is committed only after the bytes it speaks of were synced, and a receipt only with the step it tells of.
 */

import type { Kysely } from 'kysely'
import { type OpenedDatabase, openDatabase } from '../registry/open-database.ts'
import type { SignedBytes } from '../wire/field-schemas.ts'
import type { ReportState } from '../wire/transfer-messages.ts'
import { type HookEvent, STATE_MIGRATIONS, type Stage, type StateSchema } from './state-schema.ts'

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

export interface KeptReceipt {
  readonly transfer: number
  readonly state: ReportState
  readonly receipt: SignedBytes
  /** Why it was not published, or what there is to say of it. */
  readonly error: Reason | null
  /** Whether a command of the terminal's owner is about to run. */
  readonly hook?: boolean
}

export interface Reason {
  readonly code: string
  readonly message: string
}

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

/** What is known of the main server's clock. */
export interface KeptClock {
  /** How far it is ahead of this machine's. */
  readonly aheadMs: number
  /** Its latest reading, milliseconds since 1970. */
  readonly readMs: number
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
    return new StateFile(await open<StateSchema>({ path, migrations: STATE_MIGRATIONS }))
  }

  async close(): Promise<void> {
    await this.#opened.close()
  }

  /** A transfer begins; what an earlier attempt left of it is forgotten. */
  async begin(kept: NewTransfer): Promise<void> {
    await this.#transaction(async (db) => {
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
      await post(db, { transfer, state: 'received', receipt, error: null })
    })
  }

  /** The content is at its destination; `published` is by what it is known again. `hook`: the owner's command is due from now on. */
  async keepActive(
    transfer: number,
    receipt: SignedBytes,
    { published, hook }: { published: string; hook: boolean },
  ): Promise<void> {
    await this.#transaction(async (db) => {
      await db
        .updateTable('transfers')
        .set({ stage: 'active', published, hook: hook ? 'activate' : null, hook_tries: 0 })
        .where('transfer', '=', transfer)
        .execute()
      await db.deleteFrom('tables').where('transfer', '=', transfer).execute()
      await post(db, { transfer, state: 'active', receipt, error: null })
      // The newest of each destination stays: an older one must never replace it, however late it comes.
      await db
        .deleteFrom('transfers')
        .where('transfer', '<', transfer - REMEMBERED_TRANSFERS)
        .where(({ or, and, eb }) =>
          or([eb('stage', '=', 'withdrawn'), and([eb('stage', '=', 'active'), eb('deactivate_at', 'is', null)])]),
        )
        .where(({ not, exists, selectFrom }) =>
          not(
            exists(
              selectFrom('destinations as own')
                .select('own.destination')
                .whereRef('own.transfer', '=', 'transfers.transfer')
                .where((own) =>
                  own.not(
                    own.exists(
                      own
                        .selectFrom('destinations as newer')
                        .innerJoin('transfers as by', 'by.transfer', 'newer.transfer')
                        .select('newer.transfer')
                        .where('by.stage', 'in', ['active', 'withdrawn'])
                        .whereRef('newer.destination', '=', 'own.destination')
                        .whereRef('newer.transfer', '>', 'own.transfer'),
                    ),
                  ),
                ),
            ),
          ),
        )
        .execute()
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

  /** Received content will never be published: the main server is told in the same step. */
  async keepFailed(report: KeptReceipt): Promise<void> {
    await this.#transaction(async (db) => {
      await db.deleteFrom('transfers').where('transfer', '=', report.transfer).execute()
      await db.deleteFrom('outbox').where('transfer', '=', report.transfer).where('state', '=', 'received').execute()
      await post(db, report)
    })
  }

  /** The transfer failed or was cancelled here. */
  async forget(transfer: number): Promise<void> {
    await this.#transaction(async (db) => {
      await db.deleteFrom('transfers').where('transfer', '=', transfer).execute()
      await db.deleteFrom('outbox').where('transfer', '=', transfer).where('state', '=', 'received').execute()
    })
  }

  /** The last receipt of a transfer that was received here; undefined for any other. */
  async lastReceipt(transfer: number): Promise<SignedBytes | undefined> {
    const row = await this.#opened.db
      .selectFrom('transfers')
      .select(['receipt', 'receipt_signature'])
      .where('transfer', '=', transfer)
      .executeTakeFirst()
    if (!row?.receipt || !row.receipt_signature) return undefined
    return { payload: asBytes(row.receipt), signature: asBytes(row.receipt_signature) }
  }

  /** The receipt of a transfer that was published here; undefined for any other. */
  async receiptOf(transfer: number): Promise<KeptReceipt | undefined> {
    const row = await this.#opened.db
      .selectFrom('transfers')
      .select('stage')
      .where('transfer', '=', transfer)
      .executeTakeFirst()
    if (row?.stage !== 'active' && row?.stage !== 'withdrawn') return undefined
    const receipt = await this.lastReceipt(transfer)
    return receipt && { transfer, state: row.stage, receipt, error: null }
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
    return row && asBytes(row.manifest)
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

  /** The owner's commands that are due, oldest transfer first. */
  async dueHooks(): Promise<{ transfer: number; event: HookEvent; destination: string }[]> {
    const rows = await this.#opened.db
      .selectFrom('transfers')
      .select(['transfer', 'destination', 'hook'])
      .where('hook', 'is not', null)
      .orderBy('transfer')
      .execute()
    return rows.flatMap(({ transfer, destination, hook }) =>
      hook === null ? [] : [{ transfer, destination, event: hook }],
    )
  }

  /** The command is about to run. @returns how often it was begun, this time too; 0 when it is not due any more */
  async beginHook(transfer: number, event: HookEvent): Promise<number> {
    const row = await this.#opened.db
      .updateTable('transfers')
      .set((expression) => ({ hook_tries: expression('hook_tries', '+', 1) }))
      .where('transfer', '=', transfer)
      .where('hook', '=', event)
      .returning('hook_tries')
      .executeTakeFirst()
    return row?.hook_tries ?? 0
  }

  /** The command has ended, and the main server is told in the same step; `report` is undefined when nobody wants it any more. */
  async endHook(transfer: number, event: HookEvent, report: KeptReceipt | undefined): Promise<void> {
    await this.#transaction(async (db) => {
      await db
        .updateTable('transfers')
        .set({ hook: null })
        .where('transfer', '=', transfer)
        .where('hook', '=', event)
        .execute()
      if (report !== undefined) await post(db, report)
    })
  }

  /** What was last read of the main server's clock; undefined before the first time. */
  async clock(): Promise<KeptClock | undefined> {
    const row = await this.#opened.db.selectFrom('main_clock').selectAll().executeTakeFirst()
    return row && { aheadMs: row.ahead_ms, readMs: row.read_ms }
  }

  async keepClock({ aheadMs, readMs }: KeptClock): Promise<void> {
    await this.#opened.db.replaceInto('main_clock').values({ id: 1, ahead_ms: aheadMs, read_ms: readMs }).execute()
  }

  /** The newest transfer that this destination received; 0 when there is none. */
  async newestAt(destination: string): Promise<number> {
    return (await this.#newest(destination, ['received', 'active', 'withdrawn'])) ?? 0
  }

  /** Transfers to go on with after a restart. */
  async unfinished(): Promise<KeptTransfer[]> {
    const rows = await this.#opened.db
      .selectFrom('transfers')
      .selectAll()
      .where('stage', 'in', ['receiving', 'received'])
      .execute()
    return Promise.all(
      rows.map(async (row) => ({
        transfer: row.transfer,
        stage: row.stage,
        destination: row.destination,
        activateAtMs: row.activate_at,
        deactivateAtMs: row.deactivate_at,
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
      error: row.error_code === null ? null : { code: row.error_code, message: row.error_message ?? '' },
    }))
  }

  /** The main server has this receipt. */
  async settle(transfer: number, state: ReportState): Promise<void> {
    await this.#opened.db.deleteFrom('outbox').where('transfer', '=', transfer).where('state', '=', state).execute()
  }

  async #newest(destination: string, stages: readonly Stage[]): Promise<number | null> {
    const row = await this.#opened.db
      .selectFrom('destinations')
      .innerJoin('transfers', 'transfers.transfer', 'destinations.transfer')
      .select((select) => select.fn.max('transfers.transfer').as('newest'))
      .where('destinations.destination', '=', destination)
      .where('transfers.stage', 'in', stages)
      .executeTakeFirst()
    return row?.newest ?? null
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

async function post(db: Kysely<StateSchema>, { transfer, state, receipt, error }: KeptReceipt): Promise<void> {
  await db
    .insertInto('outbox')
    .values({
      ...{ transfer, state, receipt: receipt.payload, signature: receipt.signature },
      ...{ error_code: error?.code ?? null, error_message: error?.message ?? null },
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

function asBytes(blob: Uint8Array): Uint8Array {
  return new Uint8Array(blob.buffer, blob.byteOffset, blob.byteLength)
}
