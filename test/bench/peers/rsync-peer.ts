/** Plain rsync to every host at once: a daemon of its own in each host of the lab, no encryption, whole files. */

import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Lab } from '../../lab/lab.ts'
import { findProgram, type PeerOrSkip, type PeerPlace, run, timedForEach } from './peer.ts'

const PORT = 8730
const name = 'rsync'
const TRIES = 100
const PAUSE_MS = 50

/** The daemons end with the lab. */
export async function startRsyncPeer({ lab, hosts, folder }: PeerPlace): Promise<PeerOrSkip> {
  const rsync = findProgram('rsync')
  if (!rsync) return { name, skipped: 'install rsync' }

  const copies = (host: number) => join(folder, `copies-${host}`)
  const url = (host: number) => urlOf(lab, host)
  for (const host of hosts) {
    mkdirSync(copies(host))
    startDaemon(rsync, { lab, host, config: join(folder, `rsyncd-${host}.conf`), copies: copies(host) })
  }
  for (const host of hosts) await untilItAnswers([...lab.command(0), rsync, url(host)])
  return {
    name,
    copyToAll: (path) =>
      timedForEach(hosts, (host) => run([...lab.command(0), rsync, '--whole-file', path, url(host)])),
    copyIn: (host, fileName) => join(copies(host), fileName),
    removeCopies: () => {
      for (const folder of hosts.map(copies)) {
        for (const file of readdirSync(folder)) rmSync(join(folder, file))
      }
    },
  }
}

/**
 * One folder of host 1 kept as another is in host 0, by what has changed only. Undefined where rsync is not installed.
 * @returns makes the copy like the folder
 */
export async function startRsyncMirror(
  lab: Lab,
  folder: string,
): Promise<((from: string) => Promise<void>) | undefined> {
  const rsync = findProgram('rsync')
  if (!rsync) return undefined
  const copies = join(folder, 'rsync-copies')
  mkdirSync(copies)
  startDaemon(rsync, { lab, host: 1, config: join(folder, 'rsyncd.conf'), copies })
  await untilItAnswers([...lab.command(0), rsync, urlOf(lab, 1)])
  return (from) => run([...lab.command(0), rsync, '--archive', '--delete', `${from}/`, urlOf(lab, 1)])
}

function urlOf(lab: Lab, host: number): string {
  return `rsync://${lab.address(host)}:${PORT}/copies/`
}

interface Daemon {
  readonly lab: Lab
  readonly host: number
  readonly config: string
  readonly copies: string
}

function startDaemon(rsync: string, { lab, host, config, copies }: Daemon): void {
  // Asked for the name of each client, a name server that no lab reaches would keep every connection waiting for many seconds.
  const global = ['use chroot = no', 'uid = 0', 'gid = 0', 'reverse lookup = no']
  const lines = [...global, '[copies]', `path = ${copies}`, 'read only = no', '']
  writeFileSync(config, lines.join('\n'))
  const address = `--address=${lab.address(host)}`
  lab.exec(host, [rsync, '--daemon', '--no-detach', `--config=${config}`, address, `--port=${PORT}`], {
    stdio: 'ignore',
  })
}

/** The daemon does not say when it is ready. */
async function untilItAnswers(argv: readonly string[]): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await run(argv)
    } catch (error) {
      if (tries === TRIES) throw error
      await pause(PAUSE_MS)
    }
  }
}
