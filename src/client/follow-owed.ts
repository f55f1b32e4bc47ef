/**
 * Waiting for what a transfer still owes: deliveries that are pending because their terminals were offline, until they are made. The main
 * server repeats them by itself; this only looks, now and then, and outlives the main server's restarts.
 */

import { type Clock, sleep } from '../system/clock.ts'
import { codeOf } from '../system/errors.ts'
import type { TransferSnapshot } from '../wire/snapshot.ts'
import type { OperatorClient } from './operator-client.ts'

const LOOK_AGAIN_MS = 1000

/** States in which the terminal still gets the content without anybody's doing. */
const UNDER_WAY = ['planned', 'routed', 'receiving', 'pending']

export interface FollowOwedOptions {
  readonly clock: Clock
  /** A new connection; rejects with E_MAIN_UNREACHABLE while the main server is away. */
  readonly connect: () => Promise<OperatorClient>
  readonly transfer: number
  readonly each: (snapshot: TransferSnapshot) => void
  /** Asked before each look; false ends the wait. */
  readonly goOn: () => boolean
}

/** Whether a delivery of it may still come to a good end by itself. */
export function isOwing({ terminals }: Pick<TransferSnapshot, 'terminals'>): boolean {
  return terminals.some(({ state }) => UNDER_WAY.includes(state))
}

/** The first snapshot in which nothing is owed; undefined when it was told not to go on. Has no end of its own. */
export async function followOwed(options: FollowOwedOptions): Promise<TransferSnapshot | undefined> {
  while (options.goOn()) {
    try {
      const client = await options.connect()
      try {
        return await lookUntilMade(client, options)
      } finally {
        client.close()
      }
    } catch (error) {
      if (codeOf(error) !== 'E_MAIN_UNREACHABLE') throw error
      await sleep(options.clock, LOOK_AGAIN_MS)
    }
  }
  return undefined
}

async function lookUntilMade(
  client: OperatorClient,
  { clock, transfer, each, goOn }: FollowOwedOptions,
): Promise<TransferSnapshot | undefined> {
  while (goOn()) {
    const { transfer: snapshot } = await client.ask({ kind: 'transfer', transfer })
    each(snapshot)
    if (!isOwing(snapshot)) return snapshot
    await sleep(clock, LOOK_AGAIN_MS)
  }
  return undefined
}
