/** What was measured of each terminal: the smoothed figures, and its last samples for people who ask why. */

import type { Kysely } from 'kysely'
import type { NodeId } from '../identity/node-id.ts'
import type { Clock } from '../system/clock.ts'
import type { MeasurementRow, NetworkSchema, SampleRow } from './network-schema.ts'
import { inTransaction } from './open-database.ts'
import { isSample, type Measurement, type Sample, UNMEASURED, withSample } from './smoothing.ts'

/** Samples kept of one terminal. */
export const KEPT_SAMPLES = 200

/** Enough to be fast, and far below SQLite's limit of 32,766 values in a statement. */
const NODES_PER_STATEMENT = 500
const SAMPLES_PER_STATEMENT = 1000

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
        const byNode = [...Map.groupBy(samples.filter(isSample), ({ nodeId }) => nodeId)]
        for (let first = 0; first < byNode.length; first += NODES_PER_STATEMENT) {
          await recordSome(tx, new Map(byNode.slice(first, first + NODES_PER_STATEMENT)), clock.now())
        }
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

async function recordSome(
  db: Kysely<NetworkSchema>,
  byNode: ReadonlyMap<NodeId, readonly Sample[]>,
  now: number,
): Promise<void> {
  const known = await db
    .selectFrom('measurements')
    .selectAll()
    .where('node_id', 'in', [...byNode.keys()])
    .execute()
  const before = new Map(known.map((row) => [row.node_id, toMeasurement(row)]))
  const figures: MeasurementRow[] = []
  const kept: SampleRow[] = []
  for (const [nodeId, samples] of byNode) {
    const measurement = before.get(nodeId) ?? UNMEASURED
    figures.push(toRow(nodeId, samples.reduce(withSample, measurement), now))
    kept.push(...toRing(nodeId, samples, { firstNumber: measurement.samples, now }))
  }
  await db.replaceInto('measurements').values(figures).execute()
  for (let first = 0; first < kept.length; first += SAMPLES_PER_STATEMENT) {
    await db
      .replaceInto('samples')
      .values(kept.slice(first, first + SAMPLES_PER_STATEMENT))
      .execute()
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
