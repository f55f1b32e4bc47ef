/** The peers that are installed here. */

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Lab } from '../../lab/lab.ts'
import { startLibtorrentPeer } from './libtorrent-peer.ts'
import type { PeerOrSkip } from './peer.ts'
import { startRsyncPeer } from './rsync-peer.ts'
import { startScpPeer } from './scp-peer.ts'
import { startUdpcastPeer } from './udpcast-peer.ts'
import { startUftpPeer } from './uftp-peer.ts'

const STARTS = {
  scp: startScpPeer,
  rsync: startRsyncPeer,
  udpcast: startUdpcastPeer,
  uftp: startUftpPeer,
  libtorrent: startLibtorrentPeer,
} as const

export type PeerName = keyof typeof STARTS
export const PEER_NAMES = Object.keys(STARTS) as readonly PeerName[]

/** Starts what each peer needs on hosts 1 to `hosts`; without a lab there is nowhere to start it. */
export async function startPeers(options: {
  readonly names: readonly PeerName[]
  readonly lab: Lab | undefined
  readonly hosts: number
  readonly folder: string
  readonly megabitsPerSecond?: number
}): Promise<PeerOrSkip[]> {
  const { names, lab, megabitsPerSecond } = options
  const hosts = Array.from({ length: options.hosts }, (_, k) => k + 1)
  const peers: PeerOrSkip[] = []
  for (const name of names) {
    const folder = join(options.folder, name)
    mkdirSync(folder, { mode: 0o700 })
    if (lab === undefined) peers.push({ name, skipped: 'it needs a lab' })
    else peers.push(await STARTS[name]({ lab, hosts, folder, megabitsPerSecond }))
  }
  return peers
}
