/** The receipts of a terminal's state: those that the main server has not confirmed, and the last one of each transfer. */

import { bytesOf } from '../registry/stored-bytes.ts'
import type { SignedBytes } from '../wire/field-schemas.ts'
import type { Reason } from '../wire/reason.ts'
import type { ReportState } from '../wire/transfer-messages.ts'
import type { StateDatabase } from './state-database.ts'
import type { OutboxRow, TransferRow } from './state-schema.ts'

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
  readonly #database: StateDatabase
  readonly #sql: ReturnType<typeof statements>

  constructor(database: StateDatabase) {
    this.#database = database
    this.#sql = statements(database)
  }

  /** Receipts that the main server has not confirmed, oldest first. */
  list(): KeptReceipt[] {
    return this.#sql.list.all().map((row) => ({
      transfer: row.transfer,
      state: row.state,
      receipt: { payload: bytesOf(row.receipt), signature: bytesOf(row.signature) },
      error: row.error_code === null ? null : { code: row.error_code, message: row.error_message ?? '' },
    }))
  }

  /** The main server has this receipt. */
  async settle(transfer: number, state: ReportState): Promise<void> {
    await this.#database.transaction(() => this.remove(transfer, state))
  }

  /** Within a step: puts a receipt in that tells of it; one that is there already stays as it is. */
  post({ transfer, state, receipt, error }: KeptReceipt): void {
    this.#sql.post.run(
      ...[transfer, state, receipt.payload, receipt.signature, error?.code ?? null, error?.message ?? null],
    )
  }

  /** Within a step: what this receipt says is not to be told any more. */
  remove(transfer: number, state: ReportState): void {
    this.#sql.remove.run(transfer, state)
  }

  /** The last receipt of a transfer that was received here; undefined for any other. */
  lastReceipt(transfer: number): SignedBytes | undefined {
    const row = this.#sql.ofTransfer.get(transfer)
    return row && receiptIn(row)
  }

  /** The receipt of a transfer that was published here; undefined for any other. */
  receiptOf(transfer: number): KeptReceipt | undefined {
    const row = this.#sql.ofTransfer.get(transfer)
    if (row?.stage !== 'active' && row?.stage !== 'withdrawn') return undefined
    const receipt = receiptIn(row)
    return receipt && { transfer, state: row.stage, receipt, error: null }
  }
}

type ReceiptColumns = Pick<TransferRow, 'stage' | 'receipt' | 'receipt_signature'>

function statements(database: StateDatabase) {
  return {
    list: database.prepare<[], OutboxRow>('SELECT * FROM outbox ORDER BY id'),
    post: database.prepare(
      `INSERT INTO outbox (transfer, state, receipt, signature, error_code, error_message) VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT DO NOTHING`,
    ),
    remove: database.prepare<[number, ReportState]>('DELETE FROM outbox WHERE transfer = ? AND state = ?'),
    ofTransfer: database.prepare<[number], ReceiptColumns>(
      'SELECT stage, receipt, receipt_signature FROM transfers WHERE transfer = ?',
    ),
  }
}

function receiptIn({ receipt, receipt_signature }: ReceiptColumns): SignedBytes | undefined {
  if (!receipt || !receipt_signature) return undefined
  return { payload: bytesOf(receipt), signature: bytesOf(receipt_signature) }
}
