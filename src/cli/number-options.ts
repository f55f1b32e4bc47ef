/** Options that are whole numbers or rates, checked before anything is started. */

import { TreecastError } from '../system/errors.ts'
import { parseRate } from './quantities.ts'
import { usageError } from './usage-error.ts'

/**
 * A whole number from `least` to `most`.
 * @throws E_USAGE naming `option`
 */
export function parseWhole(option: string, text: string, { least, most }: { least: number; most: number }): number {
  const number = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN
  if (number >= least && number <= most) return number
  throw usageError(`${option} is '${text}', but must be a whole number from ${least} to ${most}`)
}

/** Below it, not even one small packet a second would go out. */
const LEAST_RATE = 16 * 1024

/**
 * Bytes per second of `--limit-rate`; undefined when it was not given.
 * @throws E_SIZE, E_USAGE
 */
export function parseLimitRate(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const bytesPerSecond = ofOption('--limit-rate', () => parseRate(text))
  if (bytesPerSecond >= LEAST_RATE) return bytesPerSecond
  throw usageError(`--limit-rate is '${text}', but must be at least 16KiB/s`)
}

/**
 * What `read` makes of an option's value.
 * @throws what it throws, with the option's name before it
 */
export function ofOption<T>(option: string, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    if (!(cause instanceof TreecastError)) throw cause
    throw new TreecastError(cause.code, `${option}: ${cause.message}`, { facts: cause.facts, cause })
  }
}
