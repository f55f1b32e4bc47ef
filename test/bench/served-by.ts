/** Who served whom after a terminal was lost. */

import type { TransferSnapshot } from '../../src/wire/snapshot.ts'

/** Says of every terminal whose upstreams changed from `before` to `after` who they were and are. */
export function servedBy(before: TransferSnapshot | undefined, after: TransferSnapshot): string {
  const nameOf = (handle: number | null) =>
    after.terminals.find((terminal) => terminal.handle === handle)?.name ??
    (handle === 0 ? 'the main server' : 'nobody')
  const named = (upstreams: readonly (number | null)[]) => upstreams.map(nameOf).join(' and ') || 'nobody'
  const changes = after.terminals.flatMap(({ handle, name, upstreams }) => {
    const were = before?.terminals.find((terminal) => terminal.handle === handle)?.upstreams ?? []
    return named(were) === named(upstreams) ? [] : [`${name} from ${named(were)} to ${named(upstreams)}`]
  })
  return changes.length === 0 ? 'nobody changed' : changes.join('; ')
}
