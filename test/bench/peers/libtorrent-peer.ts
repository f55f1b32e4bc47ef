/** BitTorrent by libtorrent: host 0 has the file, every host knows the address of every other, and local discovery is on. */

import { type ChildProcess, spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { OutputLines } from '../../support/output-lines.ts'
import { type PeerOrSkip, type PeerPlace, run, timedForEach } from './peer.ts'

const name = 'libtorrent'
const HOST = join(import.meta.dirname, 'libtorrent-host.py')
/** Debian installs the module for its own interpreter, whatever else is called python3. */
const INTERPRETERS = ['/usr/bin/python3', 'python3']

/** A copy has its own sessions; making the torrent, which hashes the file, and their start count. */
export async function startLibtorrentPeer({ lab, hosts, folder }: PeerPlace): Promise<PeerOrSkip> {
  const python = INTERPRETERS.find((each) => spawnSync(each, ['-c', 'import libtorrent']).status === 0)
  if (python === undefined) return { name, skipped: 'install python3-libtorrent' }
  const copies = (host: number) => join(folder, `copies-${host}`)
  const everyone = [0, ...hosts]
  for (const host of everyone) mkdirSync(copies(host))
  return {
    name,
    async copyToAll(path) {
      const startedAt = performance.now()
      const torrent = join(folder, 'torrent')
      const original = join(copies(0), basename(path))
      copyFileSync(path, original)
      const started: ChildProcess[] = []
      try {
        await run([python, HOST, 'make', original, torrent])
        const madeSeconds = (performance.now() - startedAt) / 1000
        const untilWhole = async (host: number) => {
          const others = everyone.filter((other) => other < host).map((other) => lab.address(other))
          const argv = [python, HOST, lab.address(host), copies(host), torrent, ...others]
          const session = lab.exec(host, argv, { stdio: ['ignore', 'pipe', 'ignore'] })
          started.push(session)
          if (session.stdout === null) throw new Error('the session was started without its output')
          await new OutputLines(session.stdout).waitFor(/^whole$/)
        }
        const seconds = await timedForEach(everyone, untilWhole)
        return seconds.slice(1).map((each) => madeSeconds + each)
      } finally {
        await Promise.all(started.map(end))
      }
    },
    copyIn: (host, fileName) => join(copies(host), fileName),
    removeCopies: () => {
      for (const inside of everyone.map(copies)) {
        rmSync(inside, { recursive: true })
        mkdirSync(inside)
      }
    },
  }
}

async function end(session: ChildProcess): Promise<void> {
  if (session.exitCode !== null || session.signalCode !== null) return
  const ended = new Promise((done) => session.once('close', done))
  session.kill('SIGKILL')
  await ended
}
