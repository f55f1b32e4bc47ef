/** Transfers by their numbers, running or over: shown to operators, called off, and told of to terminals that ask. */

import type { NodeId } from '../identity/node-id.ts'
import type { NetworkDatabase } from '../registry/network-database.ts'
import type { Reason } from '../wire/reason.ts'
import type { TransferSnapshot, TransferSummary } from '../wire/snapshot.ts'
import { callOff } from './call-off.ts'
import type { Presence } from './presence.ts'
import { RecordedTransfers, summaryOf } from './recorded-transfers.ts'
import type { Recorder } from './recorder.ts'
import type { RunningTransfer } from './running-transfer.ts'
import type { Watcher } from './transfer-watchers.ts'

export interface KnownTransfersOptions {
  readonly database: NetworkDatabase
  readonly recorder: Recorder
  readonly presence: Presence
  /** One that is under way or owed. */
  find(transfer: number): RunningTransfer | undefined
}

export class KnownTransfers {
  readonly #options: KnownTransfersOptions
  readonly #recorded: RecordedTransfers

  constructor(options: KnownTransfersOptions) {
    this.#options = options
    this.#recorded = new RecordedTransfers(options.database)
  }

  /** Tells `watcher` of a transfer, running or over. @returns how to stop, unless it is over. @throws E_TRANSFER_UNKNOWN */
  async watch(id: number, watcher: Watcher): Promise<(() => void) | undefined> {
    const running = this.#options.find(id)
    if (running !== undefined) return running.watch(watcher)
    watcher(await this.#recorded.get(id), true)
    return undefined
  }

  /** The transfer as it is now, running or over. @throws E_TRANSFER_UNKNOWN */
  async snapshot(id: number): Promise<TransferSnapshot> {
    return this.#options.find(id)?.snapshot() ?? (await this.#recorded.get(id))
  }

  /** The newest transfers, newest first. */
  async summaries(): Promise<TransferSummary[]> {
    return (await this.#recorded.latest()).map((recorded) => {
      const running = recorded.transfer === null ? undefined : this.#options.find(recorded.transfer)
      return running === undefined ? recorded : summaryOf(running.snapshot())
    })
  }

  /** Calls a transfer off; harmless when it is over. @throws E_TRANSFER_UNKNOWN */
  async cancel(id: number, reason: Reason, operator: NodeId): Promise<void> {
    const running = this.#options.find(id)
    // A source that failed while it was read has failed the transfer; an operator's change of mind cancels it. At once: the
    // operator's link may close next, and that must not become the reason.
    const cancelled =
      running === undefined
        ? this.#cancelRecorded(id, reason)
        : running.cancel(reason, reason.code === 'E_CANCELLED' ? 'cancelled' : 'failed')
    await this.#options.database.audit.record({ actor: operator, action: 'cancelled', facts: { transfer: id } })
    await cancelled
  }

  /** What to tell a terminal that speaks of a transfer which is not under way for it; undefined when it may go on. @param node who speaks */
  async endOf(id: number, node: NodeId): Promise<Reason | undefined> {
    const running = this.#options.find(id)
    return running === undefined ? this.#recorded.endOf(id, node) : running.calledOffAt(node)
  }

  /** Calls off what a transfer that was let go is still to show: content that waits for its time at the terminals. */
  async #cancelRecorded(id: number, reason: Reason): Promise<void> {
    await this.#options.recorder.flush()
    callOff(this.#options.presence, id, { nodes: await this.#recorded.cancel(id, reason), reason })
  }
}
