/** The commands of a terminal's owner that are due, in its state: begun and ended there, so that a crash forgets none. */

import type { KeptReceipt, ReceiptOutbox } from './receipt-outbox.ts'
import type { StateDatabase } from './state-database.ts'
import type { HookEvent, TransferRow } from './state-schema.ts'

/** A command of the terminal's owner that is due. */
export interface DueHook {
  readonly transfer: number
  readonly event: HookEvent
  readonly destination: string
}

export class HookRecord {
  readonly #database: StateDatabase
  readonly #outbox: Pick<ReceiptOutbox, 'post'>
  readonly #sql: ReturnType<typeof statements>

  constructor(database: StateDatabase, outbox: Pick<ReceiptOutbox, 'post'>) {
    this.#database = database
    this.#outbox = outbox
    this.#sql = statements(database)
  }

  /** The owner's commands that are due, oldest transfer first. */
  due(): DueHook[] {
    return this.#sql.due.all()
  }

  /** The command is about to run. @returns how often it was begun, this time too; 0 when it is not due any more */
  begin(transfer: number, event: HookEvent): Promise<number> {
    return this.#database.transaction(() => this.#sql.begin.get(transfer, event)?.hook_tries ?? 0)
  }

  /** The command has ended, and the main server is told in the same step; `report` is undefined when nobody wants it any more. */
  end(transfer: number, event: HookEvent, report: KeptReceipt | undefined): Promise<void> {
    return this.#database.transaction(() => {
      this.#sql.end.run(transfer, event)
      if (report !== undefined) this.#outbox.post(report)
    })
  }
}

function statements(database: StateDatabase) {
  return {
    due: database.prepare<[], DueHook>(
      'SELECT transfer, hook AS event, destination FROM transfers WHERE hook IS NOT NULL ORDER BY transfer',
    ),
    begin: database.prepare<[number, HookEvent], Pick<TransferRow, 'hook_tries'>>(
      'UPDATE transfers SET hook_tries = hook_tries + 1 WHERE transfer = ? AND hook = ? RETURNING hook_tries',
    ),
    end: database.prepare<[number, HookEvent]>('UPDATE transfers SET hook = NULL WHERE transfer = ? AND hook = ?'),
  }
}
