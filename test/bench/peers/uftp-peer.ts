/** uftp: multicast at a rate that is set beforehand, with rounds of repair, without encryption; a daemon in each host. */

import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { findProgram, type PeerOrSkip, type PeerPlace, run } from './peer.ts'

const name = 'uftp'
/** What the link takes beside the payload; a rate above it only makes losses. */
const SHARE_OF_LINK = 0.95
/** Kbit/s where there is no shaping: found by trying, more only makes losses. */
const UNSHAPED_RATE = 1_000_000

/** The daemons end with the lab. */
export async function startUftpPeer({ lab, hosts, folder, megabitsPerSecond }: PeerPlace): Promise<PeerOrSkip> {
  const [client, server] = ['uftp', 'uftpd'].map(findProgram)
  if (!client || !server) return { name, skipped: 'install uftp' }
  const copies = (host: number) => join(folder, `copies-${host}`)
  for (const host of hosts) {
    mkdirSync(copies(host))
    lab.exec(host, [server, '-d', '-I', 'eth0', '-D', copies(host)], { stdio: 'ignore' })
  }
  const rate = megabitsPerSecond === undefined ? UNSHAPED_RATE : Math.floor(megabitsPerSecond * 1000 * SHARE_OF_LINK)
  return {
    name,
    async copyToAll(path) {
      const startedAt = performance.now()
      // It ends when all have confirmed; it does not tell when each had it.
      await run([...lab.command(0), client, '-I', 'eth0', '-R', String(rate), path])
      return hosts.map(() => (performance.now() - startedAt) / 1000)
    },
    copyIn: (host, fileName) => join(copies(host), fileName),
    removeCopies: () => {
      for (const inside of hosts.map(copies)) {
        for (const file of readdirSync(inside)) rmSync(join(inside, file), { recursive: true })
      }
    },
  }
}
