/**
 * The receipts of a terminal's state: those that the main server has not confirmed, and the last one of each transfer.
 *
 * A confirmed receipt leaves the disk with the next step, or when the state is closed. After a crash before that it is sent once more, which
 * the main server takes as it took the first: so no confirmation needs a commit, and a sync, of its own.
 */

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
  readonly #sql: ReturnType<typeof statements>
  /** Confirmed, and maybe still on the disk. */
  #confirmed: Pick<KeptReceipt, 'transfer' | 'state'>[] = []

  constructor(database: StateDatabase) {
    this.#sql = statements(database)
  }

  /** Receipts that the main server has not confirmed, oldest first. */
  list(): KeptReceipt[] {
    const owed = this.#sql.list.all().filter((row) => !this.#confirmed.some((confirmed) => isSame(confirmed, row)))
    return owed.map((row) => ({
      transfer: row.transfer,
      state: row.state,
      receipt: { payload: bytesOf(row.receipt), signature: bytesOf(row.signature) },
      error: row.error_code === null ? null : { code: row.error_code, message: row.error_message ?? '' },
    }))
  }

  /** The main server has this receipt. One that is not here is of no interest: whoever says so may say much. */
  settle(transfer: number, state: ReportState): void {
    const settled = { transfer, state }
    if (this.#sql.find.get(transfer, state) === undefined) return
    if (!this.#confirmed.some((confirmed) => isSame(confirmed, settled))) this.#confirmed.push(settled)
  }

  /** Whether a step would take something off the disk that was confirmed. */
  get isLittered(): boolean {
    return this.#confirmed.length > 0
  }

  /** Within a step: what was confirmed leaves the disk. It is forgotten by the step after that: this one may be rolled back. */
  clear(): void {
    this.#confirmed = this.#confirmed.filter(({ transfer, state }) => this.#sql.remove.run(transfer, state).changes > 0)
  }

  /** Within a step: puts a receipt in that tells of it; one that is there already stays as it is. */
  post(kept: KeptReceipt): void {
    this.clear()
    this.#confirmed = this.#confirmed.filter((confirmed) => !isSame(confirmed, kept))
    const { transfer, state, receipt, error } = kept
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

/** Of a transfer and a state there is one receipt at a time. */
function isSame(one: Pick<KeptReceipt, 'transfer' | 'state'>, other: Pick<KeptReceipt, 'transfer' | 'state'>): boolean {
  return one.transfer === other.transfer && one.state === other.state
}

type ReceiptColumns = Pick<TransferRow, 'stage' | 'receipt' | 'receipt_signature'>

function statements(database: StateDatabase) {
  return {
    list: database.prepare<[], OutboxRow>('SELECT * FROM outbox ORDER BY id'),
    post: database.prepare(
      `INSERT INTO outbox (transfer, state, receipt, signature, error_code, error_message) VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT DO NOTHING`,
    ),
    find: database.prepare<[number, ReportState]>('SELECT 1 FROM outbox WHERE transfer = ? AND state = ?'),
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
