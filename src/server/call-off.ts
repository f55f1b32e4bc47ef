/** How terminals hear that a transfer is called off. */

import type { NodeId } from '../identity/node-id.ts'
import type { Reason } from '../wire/reason.ts'
import type { Presence } from './presence.ts'

/** Tells those of `nodes` that are here; the others hear of it when they ask. */
export function callOff(
  presence: Presence,
  transfer: number,
  { nodes, reason: { code, message } }: { nodes: readonly NodeId[]; reason: Reason },
): void {
  for (const node of nodes) presence.find(node)?.control.send('cancel', { transfer, code, message })
}
