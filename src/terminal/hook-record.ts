/** The commands of a terminal's owner that are due, in its state: begun and ended there, so that a crash forgets none. */

import type { OpenedDatabase } from '../registry/open-database.ts'
import { type KeptReceipt, post } from './receipt-outbox.ts'
import type { HookEvent, StateSchema } from './state-schema.ts'

export class HookRecord {
  readonly #opened: OpenedDatabase<StateSchema>

  constructor(opened: OpenedDatabase<StateSchema>) {
    this.#opened = opened
  }

  /** The owner's commands that are due, oldest transfer first. */
  async due(): Promise<{ transfer: number; event: HookEvent; destination: string }[]> {
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
  async begin(transfer: number, event: HookEvent): Promise<number> {
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
  async end(transfer: number, event: HookEvent, report: KeptReceipt | undefined): Promise<void> {
    await this.#opened.transaction(async (db) => {
      await db
        .updateTable('transfers')
        .set({ hook: null })
        .where('transfer', '=', transfer)
        .where('hook', '=', event)
        .execute()
      if (report !== undefined) await post(db, report)
    })
  }
}
