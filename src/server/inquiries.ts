/** What operators ask the main server: the ranking, the transfers, the audit log, and why one terminal is as it is. */

import type { NodeId } from '../identity/node-id.ts'
import type { NetworkDatabase } from '../registry/network-database.ts'
import { TreecastError } from '../system/errors.ts'
import type { Answer, AnswerTo, Query } from '../wire/operator-messages.ts'
import type { RankedTerminal, TransferSnapshot } from '../wire/snapshot.ts'
import type { Presence } from './presence.ts'
import type { Prober } from './prober.ts'
import type { TerminalRoster } from './terminal-roster.ts'
import type { TransferManager } from './transfer-manager.ts'

export interface InquiriesOptions {
  readonly database: NetworkDatabase
  readonly presence: Presence
  readonly roster: TerminalRoster
  readonly transfers: TransferManager
  readonly prober: Prober
}

export class Inquiries {
  readonly #options: InquiriesOptions

  constructor(options: InquiriesOptions) {
    this.#options = options
  }

  /** @throws E_SELECTOR_…, E_TRANSFER_UNKNOWN, E_TRANSFER_TARGET */
  async answer(query: Query, operator: NodeId): Promise<Answer> {
    const { roster, transfers, prober } = this.#options
    switch (query.kind) {
      case 'rank':
        return roster.rank(query.by, query.to)
      case 'probe':
        return { kind: 'probe', probes: await prober.probe(query.terminals, operator) }
      case 'transfer':
        return { kind: 'transfer', transfer: await transfers.known.snapshot(query.transfer) }
      case 'status':
        return this.#status()
      case 'audit':
        return this.#audit(query.lines)
      case 'explain':
        return this.#explain(query)
    }
  }

  async #status(): Promise<AnswerTo<'status'>> {
    const { database, presence, transfers } = this.#options
    return {
      kind: 'status',
      terminalsOnline: presence.size,
      terminals: (await database.terminals.list()).length,
      transfers: await transfers.known.summaries(),
      owed: transfers.redelivery.owed(),
      library: await transfers.space.use(),
    }
  }

  async #audit(limit: number): Promise<AnswerTo<'audit'>> {
    const lines = await this.#options.database.audit.latest(limit)
    const names = new Map<string, string>()
    for (const { actor } of lines) if (!names.has(actor)) names.set(actor, await this.#nameOf(actor))
    return {
      kind: 'audit',
      lines: lines.map(({ id, at, actor, action, facts }) => ({
        ...{ id, action, at: new Date(at).toISOString(), facts: JSON.stringify(facts) },
        actor: names.get(actor) ?? actor,
      })),
    }
  }

  async #explain({
    terminal: name,
    transfer: wanted,
  }: Extract<Query, { kind: 'explain' }>): Promise<AnswerTo<'explain'>> {
    const { roster, database } = this.#options
    const [selected, ...more] = await roster.selected(name)
    if (selected === undefined || more.length > 0)
      throw new TreecastError(
        'E_SELECTOR_MANY',
        `'${name}' stands for ${more.length + 1} terminals: name the one to explain`,
      )
    const { terminals } = await roster.rank('score', 'all')
    const terminal = terminals.find(({ node }) => node === selected.nodeId) as RankedTerminal
    const others = terminals.filter((other) => other !== terminal)
    const best = terminals.flatMap(({ name: candidate, score }) =>
      score ? [{ name: candidate, seconds: score.seconds }] : [],
    )
    const edges = await database.measurements.edgesTo(selected.nodeId)
    return {
      ...{ kind: 'explain', terminal, terminals: terminals.length },
      fastest: best.sort((a, b) => a.seconds - b.seconds)[0] ?? null,
      usualResponseMs: middle(others.map(({ responseMs }) => responseMs)),
      usualBytesPerSecond: middle(others.map(({ bytesPerSecond }) => bytesPerSecond)),
      edges: await Promise.all(
        edges.map(async ({ upstream, bytesPerSecond, samples, updatedAt }) => ({
          ...{ bytesPerSecond, samples, updatedAt: new Date(updatedAt).toISOString() },
          upstream: await this.#nameOf(upstream ?? 'main'),
        })),
      ),
      transfer: await this.#transferOf(selected.nodeId, { name: selected.name, wanted }),
    }
  }

  async #transferOf(
    node: NodeId,
    { name, wanted }: { name: string; wanted: number | null },
  ): Promise<TransferSnapshot | null> {
    const { transfers, database } = this.#options
    const transfer = wanted ?? (await database.deliveries.latestOf(node))
    if (transfer === undefined) return null
    const snapshot = await transfers.known.snapshot(transfer)
    if (snapshot.terminals.some((target) => target.name === name)) return snapshot
    throw new TreecastError(
      'E_TRANSFER_TARGET',
      `${name} is no target of transfer ${transfer}: nothing is to explain there`,
    )
  }

  async #nameOf(node: string): Promise<string> {
    if (node === 'main') return 'main'
    return (await this.#options.database.nodes.find(node as NodeId))?.name ?? node.slice(0, 8)
  }
}

/** The median of what there is. */
function middle(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null).sort((a, b) => a - b)
  return known[Math.floor(known.length / 2)] ?? null
}
