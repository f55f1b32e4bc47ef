/** Deliveries: one row for each terminal of each transfer, moved from state to state by what is heard of it (delivery-state.ts). */

import { type Kysely, sql } from 'kysely'
import type { NodeId } from '../identity/node-id.ts'
import type { Signed } from '../identity/signed.ts'
import type { Clock } from '../system/clock.ts'
import { invariant } from '../system/errors.ts'
import { type DeliveryEvent, type DeliveryState, isDelivered, isFinished, moveDelivery } from './delivery-state.ts'
import type { DeliveryRow, NetworkSchema } from './network-schema.ts'
import { inTransaction } from './open-database.ts'
import { bytesOf } from './stored-bytes.ts'

/** A terminal's place in a transfer. */
export interface DeliveryTarget {
  readonly nodeId: NodeId
  /** From 1; unique within the transfer. */
  readonly handle: number
  /** Place in the ranking when it was planned, from 1. */
  readonly rank: number
}

export interface Delivery extends DeliveryTarget {
  readonly transfer: number
  readonly state: DeliveryState
  /** By stripe: the handle of the upstream as it happened; null before a route ack. Empty before the first. */
  readonly upstreams: readonly (number | null)[]
  readonly depth: number | null
  /** How many times the transport request was to go out. */
  readonly attempts: number
  readonly bytes: number
  readonly startedAt: number | null
  readonly finishedAt: number | null
  readonly error: { readonly code: string; readonly message: string } | null
  /** What the terminal signed, last. */
  readonly receipt: Signed | null
}

/** What was heard of a delivery. What is left out stays as it is; an error stays until the delivery goes on. */
export interface DeliveryChange extends Partial<Pick<Delivery, 'upstreams' | 'depth' | 'bytes' | 'error' | 'receipt'>> {
  readonly transfer: number
  readonly handle: number
  readonly event: DeliveryEvent
}

/** Enough to be fast, and far below SQLite's limit of 32,766 values in a statement. */
const ROWS_PER_STATEMENT = 500

export type Deliveries = ReturnType<typeof createDeliveries>

export function createDeliveries(db: Kysely<NetworkSchema>, clock: Clock) {
  return {
    /** Writes the targets of a new transfer, all `planned`, in one transaction. */
    plan: (transfer: number, targets: readonly DeliveryTarget[]): Promise<void> =>
      inTransaction(db, async (tx) => {
        for (let first = 0; first < targets.length; first += ROWS_PER_STATEMENT) {
          const rows = targets.slice(first, first + ROWS_PER_STATEMENT).map((target) => plannedRow(transfer, target))
          await tx.insertInto('deliveries').values(rows).execute()
        }
      }),

    /** All of a transfer, best rank first. */
    async list(transfer: number): Promise<Delivery[]> {
      const rows = await db
        .selectFrom('deliveries')
        .selectAll()
        .where('transfer', '=', transfer)
        .orderBy('rank')
        .execute()
      return rows.map(toDelivery)
    },

    /** The newest transfer that this terminal is a target of. */
    async latestOf(nodeId: NodeId): Promise<number | undefined> {
      const row = await db
        .selectFrom('deliveries')
        .select((column) => column.fn.max('transfer').as('transfer'))
        .where('node_id', '=', nodeId)
        .executeTakeFirst()
      return row?.transfer ?? undefined
    },

    /**
     * Applies changes in their order, in one transaction, so collect them: each call costs one write to the disk.
     * @returns the state after each change; undefined where the event cannot happen in the delivery's state, and nothing was changed
     */
    apply: (changes: readonly DeliveryChange[]): Promise<(DeliveryState | undefined)[]> =>
      inTransaction(db, async (tx) => (changes.length === 0 ? [] : applyAll(tx, changes, clock.now()))),
  }
}

async function applyAll(db: Kysely<NetworkSchema>, changes: readonly DeliveryChange[], now: number) {
  const rows = new Map<string, DeliveryRow>()
  for (const [transfer, ofTransfer] of Map.groupBy(changes, (change) => change.transfer)) {
    const handles = JSON.stringify([...new Set(ofTransfer.map(({ handle }) => handle))])
    const found = await sql<DeliveryRow>`
      SELECT * FROM deliveries WHERE transfer = ${transfer} AND handle IN (SELECT value FROM json_each(${handles}))`.execute(
      db,
    )
    for (const row of found.rows) rows.set(keyOf(row), row)
  }
  const changed = new Map<string, DeliveryRow>()
  const states = changes.map((change) => {
    const before = changed.get(keyOf(change)) ?? rows.get(keyOf(change))
    invariant(before, `delivery ${change.handle} of transfer ${change.transfer} was planned`)
    const after = deliveryAfter(before, change, now)
    if (after) changed.set(keyOf(change), after)
    return after?.state
  })
  if (changed.size > 0) await replaceRows(db, [...changed.values()])
  return states
}

/** Whole rows, as one JSON value: the statement is the same for one delivery and for thousands, and is prepared once. */
async function replaceRows(db: Kysely<NetworkSchema>, rows: readonly DeliveryRow[]): Promise<void> {
  const hexadecimal = (bytes: Uint8Array | null) => bytes && Buffer.from(bytes).toString('hex')
  const values = rows.map((row) => ({
    ...row,
    receipt: hexadecimal(row.receipt),
    receipt_signature: hexadecimal(row.receipt_signature),
  }))
  await sql`
    REPLACE INTO deliveries (transfer, handle, node_id, rank, state, upstreams, depth, attempts, bytes, started_at,
      finished_at, error_code, error_message, receipt, receipt_signature)
    SELECT value ->> 'transfer', value ->> 'handle', value ->> 'node_id', value ->> 'rank', value ->> 'state',
      value ->> 'upstreams', value ->> 'depth', value ->> 'attempts', value ->> 'bytes', value ->> 'started_at',
      value ->> 'finished_at', value ->> 'error_code', value ->> 'error_message', unhex(value ->> 'receipt'),
      unhex(value ->> 'receipt_signature')
    FROM json_each(${JSON.stringify(values)})`.execute(db)
}

function keyOf({ transfer, handle }: { transfer: number; handle: number }): string {
  return `${transfer}/${handle}`
}

/** The row after a change; undefined where the event cannot happen in its state. */
function deliveryAfter(before: DeliveryRow, change: DeliveryChange, now: number): DeliveryRow | undefined {
  const state = moveDelivery(before.state, change.event)
  if (state === undefined) return undefined
  return {
    ...before,
    ...reportedColumns(before, change, state),
    state,
    attempts: before.attempts + (change.event === 'retried' ? 1 : 0),
    started_at: before.started_at ?? (state === 'planned' || state === 'pending' ? null : now),
    finished_at: finishedAt(before, state, now),
  }
}

/** A delivery finishes once: being published later, or heard of again, does not make it slower. */
function finishedAt(before: Pick<DeliveryRow, 'state' | 'finished_at'>, state: DeliveryState, now: number) {
  if (!isFinished(state)) return null
  const sameEnd = before.state === state || (isDelivered(before.state) && isDelivered(state))
  return sameEnd ? before.finished_at : now
}

function reportedColumns(before: DeliveryRow, change: DeliveryChange, state: DeliveryState): Partial<DeliveryRow> {
  const { event, upstreams, depth, bytes, error, receipt } = change
  const ends = event === 'failed' || event === 'postponed' || event === 'cancelled'
  // What is told once more takes back nothing that was said beside it.
  const goesOn = !ends && state !== before.state
  return {
    ...(upstreams === undefined ? {} : { upstreams: JSON.stringify(upstreams) }),
    ...(depth === undefined ? {} : { depth }),
    ...(bytes === undefined ? {} : { bytes }),
    ...(receipt ? { receipt: receipt.payload, receipt_signature: receipt.signature } : {}),
    ...(error || goesOn ? { error_code: error?.code ?? null, error_message: error?.message ?? null } : {}),
  }
}

function plannedRow(transfer: number, { nodeId, handle, rank }: DeliveryTarget) {
  return { transfer, handle, node_id: nodeId, rank, state: 'planned', upstreams: '[]', attempts: 1, bytes: 0 } as const
}

function toDelivery(row: DeliveryRow): Delivery {
  return {
    transfer: row.transfer,
    nodeId: row.node_id as NodeId,
    handle: row.handle,
    rank: row.rank,
    state: row.state,
    upstreams: JSON.parse(row.upstreams) as Delivery['upstreams'],
    depth: row.depth,
    attempts: row.attempts,
    bytes: row.bytes,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    error: row.error_code === null ? null : { code: row.error_code, message: row.error_message ?? '' },
    receipt: row.receipt &&
      row.receipt_signature && { payload: bytesOf(row.receipt), signature: bytesOf(row.receipt_signature) },
  }
}
