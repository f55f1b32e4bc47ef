/** Whether offers are taken for a push, and what is looked through for the packets that it offers. */

import { PROOF_KEY_BYTES, proofOf } from '../seal/digests.ts'
import { packetCuts } from '../seal/packet-cuts.ts'
import type { Random } from '../system/random.ts'
import type { EarlierContent } from '../terminal/earlier-content.ts'
import { LIMITS } from '../wire/limits.ts'
import type { MessageBody } from '../wire/messages.ts'
import type { LibraryKeeper } from './library-keeper.ts'
import type { RunningTransfer } from './running-transfer.ts'

export interface TakenOffers {
  readonly terms: MessageBody<'offersTaken'>
  readonly earlier: EarlierContent
}

/** @returns undefined when the library has nothing for the destination, or the content is too small to be worth it */
export function takeOffers(
  { keeper, random }: { readonly keeper: LibraryKeeper; readonly random: Random },
  { destination, announcedBytes, packetBytes, isInLibrary }: RunningTransfer,
): TakenOffers | undefined {
  if (!isInLibrary || (announcedBytes !== null && announcedBytes < LIMITS.offeredFromBytes)) return undefined
  const key = random.bytes(PROOF_KEY_BYTES)
  const earlier = keeper.packetsAt(destination, packetCuts('content', packetBytes), (bytes) => proofOf(bytes, key))
  return earlier && { terms: { packetBytes, key }, earlier }
}
