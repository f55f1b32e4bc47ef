/** The main server's readings: what treecast_… figures of kind gauge say when Prometheus asks. */

import type { NetworkDatabase } from '../registry/network-database.ts'
import type { Reading } from '../system/meter.ts'
import type { Presence } from './presence.ts'
import type { TransferManager } from './transfer-manager.ts'

export interface FigureSources {
  readonly database: NetworkDatabase
  readonly presence: Presence
  readonly transfers: TransferManager
}

export async function readFigures({ database, presence, transfers }: FigureSources): Promise<Reading[]> {
  const deliveries = transfers.all().flatMap(({ distribution }) => distribution.deliveries)
  const held = await transfers.space.use()
  return [
    { name: 'treecast_terminals', value: (await database.terminals.list()).length, labels: { state: 'known' } },
    { name: 'treecast_terminals', value: presence.size, labels: { state: 'online' } },
    ...byState('treecast_transfers', await database.transfers.countByState()),
    ...byState('treecast_deliveries', countBy(deliveries)),
    { name: 'treecast_transfers_under_way', value: transfers.all().filter(({ final }) => !final).length },
    { name: 'treecast_library_bytes', value: held.bytes },
    { name: 'treecast_library_contents', value: held.contents },
  ]
}

function byState(name: 'treecast_transfers' | 'treecast_deliveries', counts: ReadonlyMap<string, number>): Reading[] {
  return [...counts].map(([state, value]) => ({ name, value, labels: { state } }))
}

function countBy(deliveries: readonly { readonly state: string }[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { state } of deliveries) counts.set(state, (counts.get(state) ?? 0) + 1)
  return counts
}
