/** Terminals: nodes with what planning and dialling must know of them, and what operators set. */

import { type Kysely, sql } from 'kysely'
import type { NodeId } from '../identity/node-id.ts'
import { type Address, formatAddress, parseAddress } from '../system/address.ts'
import type { Clock } from '../system/clock.ts'
import { effectiveLabels, type Labels } from '../wire/labels.ts'
import type { Flag, NetworkSchema, NodeRow, TerminalRow } from './network-schema.ts'
import { type Node, toNode } from './nodes.ts'

export interface Terminal extends Node {
  /** Where others dial it; null when it has not said so. */
  readonly address: Address | null
  /** Receives and never relays. */
  readonly leaf: boolean
  /** Ranked before all that are not. */
  readonly pinned: boolean
  /** Receives but never relays, and ranked after all others, until included again. */
  readonly excluded: boolean
  /** What the terminal says of itself. */
  readonly ownLabels: Labels
  /** What operators set; an empty value takes the terminal's own away. */
  readonly setLabels: Labels
  /** What comes of both. */
  readonly labels: Labels
  readonly groups: readonly string[]
  readonly lastSeenAt: number | null
}

export type TerminalSettings = Partial<Pick<Terminal, 'pinned' | 'excluded' | 'setLabels' | 'groups'>>

export type Terminals = ReturnType<typeof createTerminals>

export function createTerminals(db: Kysely<NetworkSchema>, clock: Clock) {
  const joined = () =>
    db
      .selectFrom('terminals')
      .innerJoin('nodes', 'nodes.node_id', 'terminals.node_id')
      .selectAll('nodes')
      .select(['address', 'leaf', 'pinned', 'excluded', 'own_labels', 'set_labels', 'groups', 'last_seen_at'])
  return {
    /** All that are not revoked, by name. */
    async list(): Promise<Terminal[]> {
      return (await joined().where('revoked_at', 'is', null).orderBy('name').execute()).map(toTerminal)
    },

    /** Also a revoked one: past deliveries speak of it. */
    async find(nodeId: NodeId): Promise<Terminal | undefined> {
      const row = await joined().where('nodes.node_id', '=', nodeId).executeTakeFirst()
      return row && toTerminal(row)
    },

    /** The terminal is here now. @param seen null address: it cannot be dialled */
    async markSeen(nodeId: NodeId, seen: { address: Address | null; leaf: boolean; labels?: Labels }): Promise<void> {
      await db
        .updateTable('terminals')
        .set({
          address: seen.address && formatAddress(seen.address),
          leaf: flag(seen.leaf),
          own_labels: JSON.stringify(seen.labels ?? {}),
          last_seen_at: clock.now(),
        })
        .where('node_id', '=', nodeId)
        .execute()
    },

    /** They have answered just now. One statement, however many they are: this is done every few milliseconds. */
    async heardOf(nodeIds: readonly NodeId[]): Promise<void> {
      await sql`
        UPDATE terminals SET last_seen_at = ${clock.now()}
        WHERE node_id IN (SELECT value FROM json_each(${JSON.stringify(nodeIds)}))`.execute(db)
    },

    /** Changes what is given and leaves the rest. */
    async set(nodeId: NodeId, { pinned, excluded, setLabels, groups }: TerminalSettings): Promise<void> {
      const changes = {
        ...(pinned === undefined ? {} : { pinned: flag(pinned) }),
        ...(excluded === undefined ? {} : { excluded: flag(excluded) }),
        ...(setLabels === undefined ? {} : { set_labels: JSON.stringify(setLabels) }),
        ...(groups === undefined ? {} : { groups: JSON.stringify(groups) }),
      }
      if (Object.keys(changes).length === 0) return
      await db.updateTable('terminals').set(changes).where('node_id', '=', nodeId).execute()
    },
  }
}

function toTerminal(row: NodeRow & Omit<TerminalRow, 'node_id'>): Terminal {
  const [ownLabels, setLabels] = [JSON.parse(row.own_labels) as Labels, JSON.parse(row.set_labels) as Labels]
  return {
    ...toNode(row),
    address: row.address === null ? null : parseAddress(row.address),
    leaf: row.leaf === 1,
    pinned: row.pinned === 1,
    excluded: row.excluded === 1,
    ownLabels,
    setLabels,
    labels: effectiveLabels(ownLabels, setLabels),
    groups: JSON.parse(row.groups) as string[],
    lastSeenAt: row.last_seen_at,
  }
}

function flag(value: boolean): Flag {
  return value ? 1 : 0
}
