/** The terminals as planning and `rank` see them: who has enrolled, who is here, how fast each has shown itself. */

import type { NetworkDatabase } from '../registry/network-database.ts'
import type { RankedTerminal } from '../wire/snapshot.ts'
import type { Presence, PresentTerminal } from './presence.ts'
import { rankByResponse } from './ranking.ts'
import type { Recorder } from './recorder.ts'
import { select } from './selector.ts'
import type { TicketHolder } from './tickets.ts'
import type { Candidate } from './transfer-planning.ts'

export class TerminalRoster {
  readonly #database: NetworkDatabase
  readonly #presence: Presence
  readonly #recorder: Recorder

  constructor(parts: { database: NetworkDatabase; presence: Presence; recorder: Recorder }) {
    this.#database = parts.database
    this.#presence = parts.presence
    this.#recorder = parts.recorder
  }

  /** Every terminal that a transfer may go to, as it stands now. */
  async candidates(): Promise<(Candidate & { holder: Omit<TicketHolder, 'address'> })[]> {
    // What was measured a moment ago counts.
    await this.#recorder.flush()
    const measured = await this.#database.measurements.list()
    return (await this.#database.terminals.list()).map(({ nodeId, name, leaf, fingerprint, x25519Public }) => {
      const present = this.#presence.find(nodeId)
      const facts = { node: nodeId, name, leaf: present?.leaf ?? leaf }
      return {
        ...facts,
        address: present?.address,
        responseMs: measured.get(nodeId)?.responseMs ?? null,
        bytesPerSecond: measured.get(nodeId)?.bytesPerSecond ?? null,
        holder: { ...facts, fingerprint, x25519: x25519Public },
      }
    })
  }

  /** The ticket holder that a terminal which is here is. */
  async holder({ node, address, leaf }: PresentTerminal): Promise<TicketHolder | undefined> {
    const terminal = await this.#database.terminals.find(node)
    if (terminal === undefined || terminal.revokedAt !== null) return undefined
    const { name, fingerprint, x25519Public } = terminal
    return { node, name, fingerprint, x25519: x25519Public, address, leaf }
  }

  /** The ranking of the selected terminals. @throws E_SELECTOR_… */
  async rank(selector: string): Promise<RankedTerminal[]> {
    await this.#recorder.flush()
    const measured = await this.#database.measurements.list()
    const terminals = (await this.#database.terminals.list()).map((terminal) => ({
      ...terminal,
      measurement: measured.get(terminal.nodeId),
      responseMs: measured.get(terminal.nodeId)?.responseMs ?? null,
    }))
    const ranked = rankByResponse(terminals).map((terminal, k) => ({ ...terminal, rank: k + 1 }))
    return select(ranked, selector).map(({ rank, name, nodeId, leaf, lastSeenAt, responseMs, measurement }) => {
      const present = this.#presence.find(nodeId)
      return {
        rank,
        name,
        node: nodeId,
        address: present?.address ?? null,
        online: present !== undefined,
        leaf: present?.leaf ?? leaf,
        lastSeenAt: lastSeenAt === null ? null : new Date(lastSeenAt).toISOString(),
        responseMs,
        bytesPerSecond: measurement?.bytesPerSecond ?? null,
        successRate: measurement?.successRate ?? null,
        samples: measurement?.samples ?? 0,
        freeBytes: present?.freeBytes ?? null,
      }
    })
  }
}
