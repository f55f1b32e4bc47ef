/** What was measured of each terminal: the smoothed figures, and its last samples for people who ask why. */

import { type Kysely, sql } from 'kysely'
import type { NodeId } from '../identity/node-id.ts'
import type { Clock } from '../system/clock.ts'
import type { MeasurementRow, NetworkSchema, SampleRow } from './network-schema.ts'
import { inTransaction } from './open-database.ts'
import { isSample, type Measurement, type Sample, UNMEASURED, withSample } from './smoothing.ts'

/** Samples kept of one terminal. */
export const KEPT_SAMPLES = 200

export interface TerminalSample extends Sample {
  readonly nodeId: NodeId
}

export interface KeptSample extends Sample {
  /** Counts the terminal's samples from 0. */
  readonly number: number
  readonly at: number
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

    /** UNMEASURED when there is nothing yet. */
    find: (nodeId: NodeId): Promise<Measurement> => findMeasurement(db, nodeId),

    /** The terminal's last samples, newest first; at most KEPT_SAMPLES. */
    latest: (nodeId: NodeId): Promise<KeptSample[]> =>
      db
        .selectFrom('samples')
        .select(['kind', 'value', 'number', 'at'])
        .where('node_id', '=', nodeId)
        .orderBy('number', 'desc')
        .execute(),
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

async function findMeasurement(db: Kysely<NetworkSchema>, nodeId: NodeId): Promise<Measurement> {
  const row = await db.selectFrom('measurements').selectAll().where('node_id', '=', nodeId).executeTakeFirst()
  return row ? toMeasurement(row) : UNMEASURED
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
