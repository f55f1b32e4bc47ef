/** What the terminals of a transfer come to together: the numbers of the header. */

import type { TransferSnapshot } from '../../wire/snapshot.ts'

export interface Totals {
  /** From 0 to 1 over all targets that still can have it; undefined while the content has no known size. */
  readonly fraction: number | undefined
  readonly bytesPerSecond: number
  /** Seconds until the last target should have it; undefined when nothing moves. */
  readonly secondsLeft: number | undefined
}

const OUT_OF_REACH: readonly string[] = ['failed', 'pending', 'cancelled']

/** Sums up the snapshot. */
export function totalsOf(snapshot: TransferSnapshot): Totals {
  const inReach = snapshot.terminals.filter((terminal) => !OUT_OF_REACH.includes(terminal.state))
  const receiving = inReach.filter(({ state }) => state === 'receiving')
  const bytesPerSecond = receiving.reduce((sum, terminal) => sum + terminal.bytesPerSecond, 0)
  const contentBytes = snapshot.bytes
  if (contentBytes === null) return { fraction: undefined, bytesPerSecond, secondsLeft: undefined }
  const wanted = contentBytes * inReach.length
  const there = inReach.reduce((sum, { bytes }) => sum + Math.min(bytes, contentBytes), 0)
  const together = bytesPerSecond > 0 && there < wanted ? [(wanted - there) / bytesPerSecond] : []
  // The last one counts, and it may be slower than all together.
  const alone = receiving
    .filter((terminal) => terminal.bytesPerSecond > 0)
    .map((terminal) => Math.max(0, contentBytes - terminal.bytes) / terminal.bytesPerSecond)
  return {
    fraction: fractionOf(there, wanted, snapshot),
    bytesPerSecond,
    secondsLeft: together.length === 0 ? undefined : Math.max(...together, ...alone),
  }
}

/** Content of no bytes, or with every target out of reach, is as far along as its deliveries. */
function fractionOf(there: number, wanted: number, { delivered, terminals }: TransferSnapshot): number {
  if (wanted > 0) return there / wanted
  return terminals.length === 0 ? 0 : delivered / terminals.length
}
