/** A transfer as `status --json` shows it, alone or in what is said of a terminal: treecast-json(5). */

import type { TransferSnapshot } from '../wire/snapshot.ts'
import { upstreamNames } from './delivery-outcome.ts'

/** The members of a transfer: those of its snapshot, and beside the handles of upstreams their names. */
export function transferMembers(snapshot: TransferSnapshot): object {
  const upstreamsOf = upstreamNames(snapshot)
  const terminals = snapshot.terminals.map((terminal) => ({ ...terminal, upstreamNames: upstreamsOf(terminal) }))
  return { ...snapshot, terminals }
}
