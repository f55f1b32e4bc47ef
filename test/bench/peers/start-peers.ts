/** The peers that are installed here. */

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Lab } from '../../lab/lab.ts'
import type { PeerOrSkip } from './peer.ts'
import { startRsyncPeer } from './rsync-peer.ts'
import { startScpPeer } from './scp-peer.ts'

const STARTS = { scp: startScpPeer, rsync: startRsyncPeer } as const

/** Starts what each peer needs on hosts 1 to `hosts`; without a lab there is nowhere to start it. */
export async function startPeers(options: {
  readonly lab: Lab | undefined
  readonly hosts: number
  readonly folder: string
}): Promise<PeerOrSkip[]> {
  const { lab } = options
  const hosts = Array.from({ length: options.hosts }, (_, k) => k + 1)
  const peers: PeerOrSkip[] = []
  for (const [name, start] of Object.entries(STARTS)) {
    const folder = join(options.folder, name)
    mkdirSync(folder, { mode: 0o700 })
    peers.push(lab === undefined ? { name, skipped: 'it needs a lab' } : await start({ lab, hosts, folder }))
  }
  return peers
}
