/** What was measured of each terminal: the smoothed figures, and its last samples for people who ask why. */

import { type Kysely, sql } from 'kysely'
import type { NodeId } from '../identity/node-id.ts'
import type { Clock } from '../system/clock.ts'
import type { EdgeRow, MeasurementRow, NetworkSchema, SampleRow } from './network-schema.ts'
import { inTransaction } from './open-database.ts'
import {
  isSample,
  type Measurement,
  type Sample,
  type SampleKind,
  THROUGHPUT_WEIGHT,
  UNMEASURED,
  withSample,
} from './smoothing.ts'

/** Samples kept of one terminal. */
export const KEPT_SAMPLES = 200

/** Enough to be fast, and far below SQLite's limit of 32,766 values in a statement. */
const NODES_PER_STATEMENT = 500

/** Upstreams remembered of one terminal: the last it had. */
const KEPT_EDGES = 32

export interface TerminalSample extends Sample {
  readonly nodeId: NodeId
}

/** How fast a terminal took content from one upstream. */
export interface EdgeSample {
  readonly nodeId: NodeId
  /** Null for the main server. */
  readonly upstream: NodeId | null
  readonly bytesPerSecond: number
}

/** What is known of one edge. */
export interface MeasuredEdge extends EdgeSample {
  readonly samples: number
  readonly updatedAt: number
}

export type Measurements = ReturnType<typeof createMeasurements>

export function createMeasurements(db: Kysely<NetworkSchema>, clock: Clock) {
  return {
    /**
     * Adds samples in one transaction, so collect them: each call costs one write to the disk. What is no sample (negative, not finite)
     * is left out.
     */
    record: (samples: readonly TerminalSample[]): Promise<void> =>
      inTransaction(db, async (tx) => {
        const byNode = Map.groupBy(samples.filter(isSample), ({ nodeId }) => nodeId)
        if (byNode.size > 0) await recordAll(tx, byNode, clock.now())
      }),

    /** Of every terminal that has been measured. */
    async list(): Promise<Map<NodeId, Measurement>> {
      const rows = await db.selectFrom('measurements').selectAll().execute()
      return new Map(rows.map((row) => [row.node_id as NodeId, toMeasurement(row)]))
    },

    /** Adds what was measured on edges, in one transaction. */
    recordEdges: (edges: readonly EdgeSample[]): Promise<void> =>
      inTransaction(db, async (tx) => {
        if (edges.length > 0) await recordEdges(tx, edges, clock.now())
      }),

    /** The edges that content came to this terminal by, the last one first. */
    async edgesTo(nodeId: NodeId): Promise<MeasuredEdge[]> {
      const rows = await db
        .selectFrom('edges')
        .selectAll()
        .where('node_id', '=', nodeId)
        .orderBy('updated_at', 'desc')
        .execute()
      return rows.map(toEdge)
    },

    /** The last `limit` samples of one kind of each of these terminals, oldest first. */
    async history(nodeIds: readonly NodeId[], kind: SampleKind, limit: number): Promise<Map<NodeId, number[]>> {
      const history = new Map<NodeId, number[]>()
      for (let first = 0; first < nodeIds.length; first += NODES_PER_STATEMENT) {
        const rows = await db
          .selectFrom('samples')
          .select(['node_id', 'value'])
          .where('node_id', 'in', nodeIds.slice(first, first + NODES_PER_STATEMENT))
          .where('kind', '=', kind)
          .orderBy('node_id')
          .orderBy('number')
          .execute()
        for (const [node, values] of Map.groupBy(rows, (row) => row.node_id)) {
          const last = values.slice(-limit).map(({ value }) => value)
          history.set(node as NodeId, last)
        }
      }
      return history
    },
  }
}

/**
 * Rows go in and out as one JSON value each way, so that the statements are the same however many terminals there are: this is done every
 * few milliseconds, and building and preparing a statement costs many times its run.
 */
async function recordAll(
  db: Kysely<NetworkSchema>,
  byNode: ReadonlyMap<NodeId, readonly Sample[]>,
  now: number,
): Promise<void> {
  const nodes = JSON.stringify([...byNode.keys()])
  const known = await sql<MeasurementRow>`
    SELECT * FROM measurements WHERE node_id IN (SELECT value FROM json_each(${nodes}))`.execute(db)
  const before = new Map(known.rows.map((row) => [row.node_id, toMeasurement(row)]))
  const figures: MeasurementRow[] = []
  const kept: SampleRow[] = []
  for (const [nodeId, samples] of byNode) {
    const measurement = before.get(nodeId) ?? UNMEASURED
    figures.push(toRow(nodeId, samples.reduce(withSample, measurement), now))
    kept.push(...toRing(nodeId, samples, { firstNumber: measurement.samples, now }))
  }
  await sql`
    REPLACE INTO measurements (node_id, response_ms, bytes_per_second, success_rate, samples, updated_at)
    SELECT value ->> 'node_id', value ->> 'response_ms', value ->> 'bytes_per_second', value ->> 'success_rate',
      value ->> 'samples', value ->> 'updated_at'
    FROM json_each(${JSON.stringify(figures)})`.execute(db)
  await sql`
    REPLACE INTO samples (node_id, slot, number, kind, value, at)
    SELECT each.value ->> 'node_id', each.value ->> 'slot', each.value ->> 'number', each.value ->> 'kind',
      each.value ->> 'value', each.value ->> 'at'
    FROM json_each(${JSON.stringify(kept)}) AS each`.execute(db)
}

/** Smooths as smoothed() does, all edges at once; the edges that were not used for longest go. */
async function recordEdges(db: Kysely<NetworkSchema>, edges: readonly EdgeSample[], now: number): Promise<void> {
  const sound = edges.filter(({ bytesPerSecond: value }) => isSample({ kind: 'throughput', value }))
  const rows = sound.map(({ nodeId, upstream, bytesPerSecond }) => [nodeId, upstream ?? 'main', bytesPerSecond])
  await sql`
    INSERT INTO edges (node_id, upstream, bytes_per_second, samples, updated_at)
    SELECT value ->> 0, value ->> 1, value ->> 2, 1, ${now} FROM json_each(${JSON.stringify(rows)}) WHERE true
    ON CONFLICT (node_id, upstream) DO UPDATE SET
      bytes_per_second = bytes_per_second + ${THROUGHPUT_WEIGHT} * (excluded.bytes_per_second - bytes_per_second),
      samples = samples + 1, updated_at = excluded.updated_at`.execute(db)
  await sql`
    DELETE FROM edges WHERE node_id IN (SELECT value ->> 0 FROM json_each(${JSON.stringify(rows)})) AND upstream IN (
      SELECT upstream FROM edges AS others WHERE others.node_id = edges.node_id
      ORDER BY updated_at DESC, upstream LIMIT -1 OFFSET ${KEPT_EDGES})`.execute(db)
}

function toEdge(row: EdgeRow): MeasuredEdge {
  return {
    nodeId: row.node_id as NodeId,
    upstream: row.upstream === 'main' ? null : (row.upstream as NodeId),
    bytesPerSecond: row.bytes_per_second,
    samples: row.samples,
    updatedAt: row.updated_at,
  }
}

/** Each sample takes the slot of the one that it pushes out. */
function toRing(
  nodeId: NodeId,
  samples: readonly Sample[],
  { firstNumber, now }: { firstNumber: number; now: number },
): SampleRow[] {
  return samples
    .map(({ kind, value }, i) => ({ kind, value, number: firstNumber + i }))
    .slice(-KEPT_SAMPLES)
    .map((sample) => ({ ...sample, node_id: nodeId, slot: sample.number % KEPT_SAMPLES, at: now }))
}

function toMeasurement(row: MeasurementRow): Measurement {
  return {
    responseMs: row.response_ms,
    bytesPerSecond: row.bytes_per_second,
    successRate: row.success_rate,
    samples: row.samples,
  }
}

function toRow(nodeId: NodeId, measurement: Measurement, now: number): MeasurementRow {
  return {
    node_id: nodeId,
    response_ms: measurement.responseMs,
    bytes_per_second: measurement.bytesPerSecond,
    success_rate: measurement.successRate,
    samples: measurement.samples,
    updated_at: now,
  }
}
