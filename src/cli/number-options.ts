/** Options that are whole numbers, rates or places on the network, checked before anything is started. */

import { type Address, isUnspecified, parseAddress } from '../system/address.ts'
import { parseRate } from './quantities.ts'
import { usageError } from './usage-error.ts'

/**
 * A whole number from `least` to `most`.
 * @throws E_USAGE naming `option`
 */
export function parseWhole(option: string, text: string, { least, most }: { least: number; most: number }): number {
  const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
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
  const bytesPerSecond = parseRate(text)
  if (bytesPerSecond >= LEAST_RATE) return bytesPerSecond
  throw usageError(`--limit-rate is '${text}', but must be at least 16KiB/s`)
}

/**
 * An address that somebody dials; undefined when the option was not given.
 * @throws E_ADDRESS, E_USAGE when it names every interface or no port
 */
export function parseReachable(option: string, text: string | undefined): Address | undefined {
  if (text === undefined) return undefined
  const address = parseAddress(text)
  if (isUnspecified(address) || address.port === 0)
    throw usageError(
      `--${option} is '${text}', which no machine can dial. Name a host and its port, such as main.example:7717`,
    )
  return address
}
