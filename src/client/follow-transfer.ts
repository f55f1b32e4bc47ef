/**
 * Following a transfer to its end through restarts of the main server: once the library has the content, the transfer goes on without the
 * pusher, so losing the connection is no reason to give up.
 */

import { type Clock, sleep } from '../system/clock.ts'
import { codeOf } from '../system/errors.ts'
import type { DirectServer } from '../terminal/direct-server.ts'
import type { TransferSnapshot } from '../wire/snapshot.ts'
import type { OperatorClient } from './operator-client.ts'

/** How long the main server may be away. */
const PATIENCE_MS = 60_000
const PAUSE_MS = 500

export interface FollowOptions {
  readonly clock: Clock
  /** A new connection; rejects with E_MAIN_UNREACHABLE while the main server is away. */
  readonly connect: () => Promise<OperatorClient>
  readonly transfer: number
  readonly each: (snapshot: TransferSnapshot, final: boolean) => void
  /** Serves the transfer from here: as long as it does, the main server may be away. */
  readonly server?: DirectServer | undefined
}

/**
 * The transfer's last snapshot.
 * @throws E_MAIN_UNREACHABLE when the main server stays away for a minute
 */
export async function followTransfer(options: FollowOptions): Promise<TransferSnapshot> {
  const { clock, connect, transfer, each, server } = options
  let lastSeenMs = clock.monotonic()
  for (;;) {
    try {
      const seen: FollowOptions['each'] = (snapshot, final) => {
        lastSeenMs = clock.monotonic()
        each(snapshot, final)
      }
      return await watchOnce(await connect(), { transfer, each: seen, server })
    } catch (error) {
      if (server?.serves) lastSeenMs = clock.monotonic()
      if (codeOf(error) !== 'E_MAIN_UNREACHABLE' || clock.monotonic() - lastSeenMs > PATIENCE_MS) throw error
      await sleep(clock, PAUSE_MS)
    }
  }
}

async function watchOnce(
  client: OperatorClient,
  { transfer, each, server }: Pick<FollowOptions, 'transfer' | 'each' | 'server'>,
): Promise<TransferSnapshot> {
  try {
    const { promise, resolve } = Promise.withResolvers<TransferSnapshot>()
    await client.watch(
      transfer,
      (snapshot, final) => {
        each(snapshot, final)
        if (final) resolve(snapshot)
      },
      server,
    )
    return await promise
  } finally {
    client.close()
  }
}
