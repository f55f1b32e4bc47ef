/** What a terminal tells the main server of a transfer, over its control connection. */

import type { MessageBody } from '../wire/messages.ts'
import type { KeptReceipt } from './receipt-outbox.ts'

export interface Reports {
  routed(ack: MessageBody<'routeAck'>): void
  progress(progress: MessageBody<'progress'>): void
  /** Kept in the outbox until the main server confirms it. */
  receipt(receipt: KeptReceipt): void
  failure(failure: MessageBody<'failure'>): void
}
