/**
 * The largest body of each frame, by what its sender has shown of itself and may say (treecast-protocol(7), FRAMES). Read once the frame's
 * header is there, before memory is set aside for the body.
 */

import type { FrameLimit } from './frame.ts'
import { LIMITS } from './limits.ts'
import { type MessageName, maySend, messageName, type Purpose, type Side } from './message-types.ts'

/** Messages that need another bound than LIMITS.controlFrameBytes. */
const LARGEST_BYTES: Readonly<Partial<Record<MessageName, number>>> = {
  packet: LIMITS.dataFrameBytes,
  transportRequest: LIMITS.transportRequestBytes,
  deliver: LIMITS.deliverBytes,
  provide: LIMITS.transportRequestBytes,
  probe: LIMITS.probeFrameBytes,
  planned: LIMITS.answerBytes,
  snapshot: LIMITS.answerBytes,
  answer: LIMITS.answerBytes,
}

/** For a peer that has not shown that it may say more. */
export const strangerFrameLimit: FrameLimit = () => LIMITS.strangerFrameBytes

/** For a peer that has: what is not its to send, on a link of this purpose, stays as small as a stranger's. */
export function admittedFrameLimit(purpose: Purpose, speaker: Side): FrameLimit {
  return (type) => {
    const name = messageName(type)
    if (name === undefined || !maySend(purpose, speaker, name)) return LIMITS.strangerFrameBytes
    return LARGEST_BYTES[name] ?? LIMITS.controlFrameBytes
  }
}
