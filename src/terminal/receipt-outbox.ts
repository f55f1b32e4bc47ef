/** The receipts of a terminal's state: those that the main server has not confirmed, and the last one of each transfer. */

import type { Kysely } from 'kysely'
import type { OpenedDatabase } from '../registry/open-database.ts'
import { bytesOf } from '../registry/stored-bytes.ts'
import type { SignedBytes } from '../wire/field-schemas.ts'
import type { Reason } from '../wire/reason.ts'
import type { ReportState } from '../wire/transfer-messages.ts'
import type { StateSchema } from './state-schema.ts'

export interface KeptReceipt {
  readonly transfer: number
  readonly state: ReportState
  readonly receipt: SignedBytes
  /** Why it was not published, or what there is to say of it. */
  readonly error: Reason | null
  /** Whether a command of the terminal's owner is about to run. */
  readonly hook?: boolean
}

export class ReceiptOutbox {
  readonly #opened: OpenedDatabase<StateSchema>

  constructor(opened: OpenedDatabase<StateSchema>) {
    this.#opened = opened
  }

  /** Receipts that the main server has not confirmed, oldest first. */
  async list(): Promise<KeptReceipt[]> {
    const rows = await this.#opened.db.selectFrom('outbox').selectAll().orderBy('id').execute()
    return rows.map((row) => ({
      transfer: row.transfer,
      state: row.state,
      receipt: { payload: bytesOf(row.receipt), signature: bytesOf(row.signature) },
      error: row.error_code === null ? null : { code: row.error_code, message: row.error_message ?? '' },
    }))
  }

  /** The main server has this receipt. */
  async settle(transfer: number, state: ReportState): Promise<void> {
    await this.#opened.db.deleteFrom('outbox').where('transfer', '=', transfer).where('state', '=', state).execute()
  }

  /** The last receipt of a transfer that was received here; undefined for any other. */
  async lastReceipt(transfer: number): Promise<SignedBytes | undefined> {
    const row = await this.#opened.db
      .selectFrom('transfers')
      .select(['receipt', 'receipt_signature'])
      .where('transfer', '=', transfer)
      .executeTakeFirst()
    return row && receiptIn(row)
  }

  /** The receipt of a transfer that was published here; undefined for any other. */
  async receiptOf(transfer: number): Promise<KeptReceipt | undefined> {
    const row = await this.#opened.db
      .selectFrom('transfers')
      .select(['stage', 'receipt', 'receipt_signature'])
      .where('transfer', '=', transfer)
      .executeTakeFirst()
    if (row?.stage !== 'active' && row?.stage !== 'withdrawn') return undefined
    const receipt = receiptIn(row)
    return receipt && { transfer, state: row.stage, receipt, error: null }
  }
}

function receiptIn(row: Pick<StateSchema['transfers'], 'receipt' | 'receipt_signature'>): SignedBytes | undefined {
  if (!row.receipt || !row.receipt_signature) return undefined
  return { payload: bytesOf(row.receipt), signature: bytesOf(row.receipt_signature) }
}

/** Puts a receipt into the outbox, within the step that it tells of; one that is there already stays as it is. */
export async function post(db: Kysely<StateSchema>, { transfer, state, receipt, error }: KeptReceipt): Promise<void> {
  await db
    .insertInto('outbox')
    .values({
      ...{ transfer, state, receipt: receipt.payload, signature: receipt.signature },
      ...{ error_code: error?.code ?? null, error_message: error?.message ?? null },
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}
