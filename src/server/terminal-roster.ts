/** The terminals as planning and `rank` see them: who has enrolled, who is here, how fast each has shown itself. */

import type { NodeId } from '../identity/node-id.ts'
import type { NetworkDatabase } from '../registry/network-database.ts'
import { type Measurement, type SampleKind, UNMEASURED } from '../registry/smoothing.ts'
import type { Terminal } from '../registry/terminals.ts'
import { effectiveLabels, labelTexts } from '../wire/labels.ts'
import type { AnswerTo, RankOrder } from '../wire/operator-messages.ts'
import type { RankedTerminal } from '../wire/snapshot.ts'
import type { Presence, PresentTerminal } from './presence.ts'
import { rankBy, type Scored, TRAIN_BYTES } from './ranking.ts'
import type { Recorder } from './recorder.ts'
import { select } from './selector.ts'
import type { TicketHolder } from './tickets.ts'
import type { Candidate } from './transfer-planning.ts'

/** Samples of each terminal that `rank` shows. */
const SHOWN_SAMPLES = 24
/** Beyond so many terminals nobody looks at each one's history. */
const MOST_HISTORIES = 1000

/** Which samples stand behind an order; a score's are its response times, which are measured all the time. */
const HISTORY_OF: Readonly<Record<RankOrder, SampleKind>> = {
  score: 'response',
  response: 'response',
  throughput: 'throughput',
  reliability: 'outcome',
}

type Known = Terminal & Measurement

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
    return (await this.#known()).map((terminal) => {
      const { nodeId, name, leaf, excluded, fingerprint, x25519Public } = terminal
      const present = this.#presence.find(nodeId)
      // An operator who excludes a terminal wants it to have the content and not to hand it on.
      const facts = { node: nodeId, name, leaf: (present?.leaf ?? leaf) || excluded }
      return {
        ...terminal,
        ...facts,
        address: present?.address,
        holder: { ...facts, fingerprint, x25519: x25519Public },
      }
    })
  }

  /** The ticket holder that a terminal which is here is. */
  async holder({ node, address, leaf }: PresentTerminal): Promise<TicketHolder | undefined> {
    const terminal = await this.#database.terminals.find(node)
    if (terminal === undefined || terminal.revokedAt !== null) return undefined
    const { name, fingerprint, x25519Public, excluded } = terminal
    return { node, name, fingerprint, x25519: x25519Public, address, leaf: leaf || excluded }
  }

  /** The terminals that a selector means, by name. @throws E_SELECTOR_… */
  async selected(selector: string): Promise<Terminal[]> {
    return select(await this.#known(), selector)
  }

  /** The answer to a rank query. @param chosen a selector, or the terminals themselves. @throws E_SELECTOR_… */
  async rank(by: RankOrder, chosen: string | ReadonlySet<NodeId>): Promise<AnswerTo<'rank'>> {
    const ranked = rankBy(await this.#known(), by).map((terminal, k) => ({ ...terminal, rank: k + 1 }))
    const shown =
      typeof chosen === 'string' ? select(ranked, chosen) : ranked.filter(({ nodeId }) => chosen.has(nodeId))
    const asked = shown.slice(0, MOST_HISTORIES).map(({ nodeId }) => nodeId)
    const history = await this.#database.measurements.history(asked, HISTORY_OF[by], SHOWN_SAMPLES)
    const terminals = shown.map((terminal) => this.#view(terminal, history.get(terminal.nodeId) ?? []))
    return { kind: 'rank', by, trainBytes: TRAIN_BYTES, terminals }
  }

  /** All that are not revoked, by name, with what was measured a moment ago. */
  async #known(): Promise<Known[]> {
    await this.#recorder.flush()
    const measured = await this.#database.measurements.list()
    return (await this.#database.terminals.list()).map((terminal) => {
      const own = this.#presence.find(terminal.nodeId)?.labels ?? terminal.ownLabels
      const labels = effectiveLabels(own, terminal.setLabels)
      return { ...terminal, ownLabels: own, labels, ...(measured.get(terminal.nodeId) ?? UNMEASURED) }
    })
  }

  #view(terminal: Scored<Known> & { rank: number }, history: number[]): RankedTerminal {
    const { rank, name, nodeId, leaf, pinned, excluded, labels, groups, lastSeenAt, score } = terminal
    const { responseMs, bytesPerSecond, successRate, samples } = terminal
    const present = this.#presence.find(nodeId)
    return {
      ...{ rank, name, node: nodeId, address: present?.address ?? null, online: present !== undefined },
      ...{ leaf: present?.leaf ?? leaf, pinned, excluded, labels: labelTexts(labels), groups: [...groups] },
      lastSeenAt: lastSeenAt === null ? null : new Date(lastSeenAt).toISOString(),
      ...{ score, responseMs, bytesPerSecond, successRate, samples, history },
      freeBytes: present?.freeBytes ?? null,
    }
  }
}
