/**
 * Turning samples into the figures that terminals are ranked by: exponentially weighted means, so that what was measured last counts
 * most and one bad moment does not turn the ranking over. Pure.
 */

export const SAMPLE_KINDS = ['response', 'throughput', 'outcome'] as const
export type SampleKind = (typeof SAMPLE_KINDS)[number]

export interface Sample {
  readonly kind: SampleKind
  /** Something else may have held it back: the true value is this or more, so that it never lowers the figure. */
  readonly atLeast?: boolean
  /** response: milliseconds; throughput: bytes per second; outcome: 1 for a delivery that succeeded, 0 for one that failed. */
  readonly value: number
}

/** Each figure is null before its first sample. */
export interface Measurement {
  readonly responseMs: number | null
  readonly bytesPerSecond: number | null
  /** From 0 to 1. */
  readonly successRate: number | null
  /** Samples of all kinds so far. */
  readonly samples: number
}

export const UNMEASURED: Measurement = { responseMs: null, bytesPerSecond: null, successRate: null, samples: 0 }

/** The weight of a new sample. Response times as in RFC 6298, section 2; throughput changes slowly and is sampled rarely. */
export const THROUGHPUT_WEIGHT = 1 / 4
const WEIGHT: Readonly<Record<SampleKind, number>> = { response: 1 / 8, throughput: THROUGHPUT_WEIGHT, outcome: 1 / 8 }

const FIGURE = {
  response: 'responseMs',
  throughput: 'bytesPerSecond',
  outcome: 'successRate',
} as const satisfies Record<SampleKind, keyof Measurement>

/** The first sample is the mean; every further one pulls the mean by `weight`, from 0 to 1, of the difference. */
export function smoothed(mean: number | null, value: number, weight: number): number {
  return mean === null ? value : mean + weight * (value - mean)
}

/** Whether a value can be a sample of its kind: what comes from clocks and peers may be anything. */
export function isSample({ kind, value }: Sample): boolean {
  return Number.isFinite(value) && value >= 0 && (kind !== 'outcome' || value <= 1)
}

/** The measurement with one more sample in it. */
export function withSample(measurement: Measurement, { kind, value, atLeast = false }: Sample): Measurement {
  const figure = FIGURE[kind]
  const mean = measurement[figure]
  return {
    ...measurement,
    [figure]: smoothed(mean, atLeast ? Math.max(value, mean ?? 0) : value, WEIGHT[kind]),
    samples: measurement.samples + 1,
  }
}
