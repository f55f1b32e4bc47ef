/** udpcast: one multicast stream from host 0, which the receivers acknowledge slice by slice. */

import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { findProgram, type PeerOrSkip, type PeerPlace, run, timedForEach } from './peer.ts'

const name = 'udpcast'

/** Nothing runs between copies: every copy has its own receivers, and their start counts. */
export async function startUdpcastPeer({ lab, hosts, folder }: PeerPlace): Promise<PeerOrSkip> {
  const [sender, receiver] = ['udp-sender', 'udp-receiver'].map(findProgram)
  if (!sender || !receiver) return { name, skipped: 'install udpcast' }
  const copy = (host: number) => join(folder, `copy-${host}`)
  const common = ['--interface', 'eth0', '--nokbd', '--ttl', '1']
  return {
    name,
    async copyToAll(path) {
      const receiving = timedForEach(hosts, (host) =>
        run([...lab.command(host), receiver, ...common, '--file', copy(host)]),
      )
      const count = String(hosts.length)
      const sending = run([
        ...lab.command(0),
        sender,
        ...common,
        '--full-duplex',
        '--min-receivers',
        count,
        '--file',
        path,
      ])
      const [seconds] = await Promise.all([receiving, sending])
      return seconds
    },
    copyIn: copy,
    removeCopies: () => {
      for (const host of hosts) rmSync(copy(host), { force: true })
    },
  }
}
