/** What the main server hears from and says to those who provide a content: their tickets, tables, failures, comings and goings. */

import type { NodeId } from '../identity/node-id.ts'
import { openSigned, SIGNING_CONTEXT } from '../identity/signed.ts'
import type { NetworkDatabase } from '../registry/network-database.ts'
import type { Node } from '../registry/nodes.ts'
import type { Clock } from '../system/clock.ts'
import type { Log } from '../system/log.ts'
import { LIMITS } from '../wire/limits.ts'
import type { MessageBody } from '../wire/messages.ts'
import { type Reason, reason, reasonOf } from '../wire/reason.ts'
import type { PresentTerminal } from './presence.ts'
import type { ProviderLinks, Pusher } from './provider-links.ts'
import { PUSHER_NAME } from './providers.ts'
import type { RunningTransfer } from './running-transfer.ts'
import type { TerminalRoster } from './terminal-roster.ts'
import type { TicketHolder, TicketOffice } from './tickets.ts'

export interface ProviderDeskOptions {
  readonly clock: Clock
  readonly log: Log
  readonly database: NetworkDatabase
  readonly links: ProviderLinks
  readonly roster: TerminalRoster
  readonly tickets: TicketOffice
}

export class ProviderDesk {
  readonly #options: ProviderDeskOptions

  constructor(options: ProviderDeskOptions) {
    this.#options = options
  }

  /** A packet table that a provider offers: signed, or the provider is done with. */
  async tableOffered(transfer: RunningTransfer, node: Node, { table }: MessageBody<'tableOffer'>): Promise<void> {
    const providers = transfer.distribution.origin.providers
    if (providers?.asked.includes(node.nodeId) !== true) return
    const verify = (payload: Uint8Array, signature: Uint8Array) =>
      openSigned(node.ed25519Public, SIGNING_CONTEXT.packetTable, { payload, signature }) !== undefined
    try {
      const signed = await transfer.arrival.tableOffered(table, verify)
      this.#options.links.find(transfer.id, node.nodeId)?.send('tableSigned', signed)
    } catch (error) {
      await this.failed(transfer, node.nodeId, reasonOf(error))
    }
  }

  /** A provider cannot provide: the transfer fails unless its content is described, so that others can. */
  async failed(transfer: RunningTransfer, node: NodeId, { code, message }: Reason): Promise<void> {
    const { providers } = transfer.distribution.origin
    if (providers === undefined || !transfer.distribution.origin.failed(node)) return
    this.#options.log.warn('a content is not provided any more', { transfer: transfer.id, code, error: message })
    if (transfer.state !== 'receiving' || providers.first === undefined) return
    const text = `the content could not be read at ${providers.first.name}: ${message}`
    await transfer.cancel(reason(code, text), 'failed')
  }

  /** A terminal is here: one that has the content gets what it needs to provide it. @returns whether it can */
  async arrived(transfer: RunningTransfer, terminal: PresentTerminal): Promise<boolean> {
    const providers = transfer.distribution.origin.providers
    const candidate = providers?.candidates().find(({ node }) => node === terminal.node)
    if (providers === undefined || candidate === undefined) return false
    const { roster, tickets, database } = this.#options
    if (candidate.held?.ticket.address !== terminal.address) {
      const [holder, recorded] = [await roster.holder(terminal), await database.transfers.find(transfer.id)]
      if (holder === undefined || recorded === undefined) return false
      const place = { transfer: transfer.id, handle: candidate.handle, performance: 0 }
      providers.admit(terminal.node, tickets.issue(holder, place, recorded.contentKey))
    }
    // It may have been away when its content was to be asked for.
    if (transfer.state === 'receiving') providers.serve([])
    else transfer.distribution.origin.arrived(terminal.node)
    return true
  }

  /**
   * An operator goes on serving its own push, on another link than the one that it pushed on.
   * @returns false when it is not the first server of this transfer
   */
  async rejoined(transfer: RunningTransfer, pusher: Pusher): Promise<boolean> {
    const { providers } = transfer.distribution.origin
    const { first } = providers ?? {}
    const { operator } = pusher
    if (providers === undefined || first?.isPusher !== true || first.node !== operator.nodeId) return false
    const recorded = await this.#options.database.transfers.find(transfer.id)
    if (recorded === undefined) return false
    this.#options.links.joined(transfer.id, pusher)
    if (first.held === undefined) {
      const place = { transfer: transfer.id, handle: first.handle, performance: 1 }
      providers.admit(first.node, this.#options.tickets.issue(pusherHolder(operator), place, recorded.contentKey))
    }
    return providers.serve([])
  }

  /** A transfer begins: its first server may have gone since it was looked up. */
  begun(transfer: RunningTransfer): void {
    const { first } = transfer.distribution.origin.providers ?? {}
    if (first !== undefined && this.#options.links.find(transfer.id, first.node) === undefined)
      this.left(transfer, first.node)
  }

  /** A terminal is gone: while it is the only one that can describe the content, the transfer waits for it only so long. */
  left(transfer: RunningTransfer, node: NodeId): void {
    const { first } = transfer.distribution.origin.providers ?? {}
    if (first?.node !== node || transfer.state !== 'receiving') return
    this.#options.clock.after(LIMITS.offlineGraceMs, () => {
      if (transfer.state !== 'receiving' || this.#options.links.find(transfer.id, node) !== undefined) return
      const message = first.isPusher
        ? 'the pusher went away before its content was described: nobody has all of it. Push again.'
        : `terminal ${first.name} went offline before its content was described: nobody has all of it. Push again when it is back.`
      void transfer.cancel({ code: 'E_FIRST_SERVER', message }, 'failed')
    })
  }

  /** Nobody needs the content from its providers any more. */
  dismiss(transfer: RunningTransfer): void {
    for (const node of transfer.distribution.origin.providers?.asked ?? []) {
      this.#options.links.find(transfer.id, node)?.send('dismiss', { transfer: transfer.id })
    }
  }
}

/** An operator as a ticket names it. It has no address: nobody dials it. */
export function pusherHolder({ nodeId, fingerprint, x25519Public }: Pusher['operator']): TicketHolder {
  return { node: nodeId, name: PUSHER_NAME, fingerprint, x25519: x25519Public, address: null, leaf: false }
}
