/** What operators change about terminals, carried out: written down first, then felt at once by who is connected. */

import type { NodeId } from '../identity/node-id.ts'
import type { Conversation } from '../link/conversation.ts'
import type { NetworkDatabase } from '../registry/network-database.ts'
import type { Terminal } from '../registry/terminals.ts'
import type { Log } from '../system/log.ts'
import { banished, type SocketControl } from '../terminal/socket-control.ts'
import type { AnswerTo } from '../wire/operator-messages.ts'
import { MAX_REVOKED } from '../wire/transfer-messages.ts'
import type { AdmittedNodes } from './admitted-nodes.ts'
import type { Presence } from './presence.ts'
import { type Steering, steerTerminals } from './steering.ts'
import type { TerminalRoster } from './terminal-roster.ts'
import type { TransferManager } from './transfer-manager.ts'

export interface SteeringDeskOptions {
  readonly database: NetworkDatabase
  readonly roster: TerminalRoster
  readonly nodes: AdmittedNodes
  readonly presence: Presence
  readonly sockets: SocketControl
  readonly transfers: TransferManager
  readonly log: Log
}

export class SteeringDesk {
  readonly #options: SteeringDeskOptions

  constructor(options: SteeringDeskOptions) {
    this.#options = options
  }

  /** Makes a change. @returns the terminals as they are then; the revoked as they were. @throws E_SELECTOR_…, E_LABELS, E_GROUPS */
  async steer(steering: Steering, operator: NodeId): Promise<AnswerTo<'rank'>> {
    const { database, roster, log } = this.#options
    const terminals = await roster.selected(steering.to)
    const chosen = new Set(terminals.map(({ nodeId }) => nodeId))
    const before = steering.revoke ? await roster.rank('score', chosen) : undefined
    await steerTerminals(database, terminals, { steering, operator })
    log.info('an operator changed terminals', { selector: steering.to, terminals: terminals.length })
    if (before !== undefined) this.#cutOff(terminals)
    return before ?? roster.rank('score', chosen)
  }

  /** A terminal that comes in hears whom it must not serve. */
  tellOfRevoked(control: Conversation): void {
    const fingerprints = this.#options.nodes.lastRevoked(MAX_REVOKED)
    if (fingerprints.length > 0) control.send('revoked', { fingerprints })
  }

  #cutOff(terminals: readonly Terminal[]): void {
    const { nodes, presence, sockets, transfers } = this.#options
    const { code, message } = banished()
    const fingerprints = terminals.map(({ fingerprint }) => fingerprint)
    for (const { nodeId } of terminals) {
      nodes.remove(nodeId)
      transfers.revoke(nodeId)
      presence.find(nodeId)?.control.refuse(code, message)
    }
    for (let first = 0; first < fingerprints.length; first += MAX_REVOKED) {
      const some = fingerprints.slice(first, first + MAX_REVOKED)
      for (const { control } of presence.all()) control.send('revoked', { fingerprints: some })
    }
    sockets.banish(fingerprints)
  }
}
