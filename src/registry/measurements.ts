/** What was measured of each terminal: the smoothed figures, and its last samples for people who ask why. */

import type { Kysely } from 'kysely'
import type { NodeId } from '../identity/node-id.ts'
import type { Clock } from '../system/clock.ts'
import type { MeasurementRow, NetworkSchema } from './network-schema.ts'
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
        for (const [nodeId, ofNode] of byNode) await recordOne(tx, { nodeId, samples: ofNode, now: clock.now() })
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

async function recordOne(
  db: Kysely<NetworkSchema>,
  { nodeId, samples, now }: { nodeId: NodeId; samples: readonly Sample[]; now: number },
): Promise<void> {
  const before = await findMeasurement(db, nodeId)
  const after = samples.reduce(withSample, before)
  const figures = {
    response_ms: after.responseMs,
    bytes_per_second: after.bytesPerSecond,
    success_rate: after.successRate,
    samples: after.samples,
    updated_at: now,
  }
  await db
    .insertInto('measurements')
    .values({ node_id: nodeId, ...figures })
    .onConflict((conflict) => conflict.column('node_id').doUpdateSet(figures))
    .execute()
  const numbered = samples.map(({ kind, value }, i) => ({ kind, value, number: before.samples + i }))
  const rows = numbered
    .slice(-KEPT_SAMPLES)
    .map((sample) => ({ ...sample, node_id: nodeId, slot: sample.number % KEPT_SAMPLES, at: now }))
  await db.replaceInto('samples').values(rows).execute()
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
