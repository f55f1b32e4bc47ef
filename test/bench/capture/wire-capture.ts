/** What a host of a lab sends and receives, on all of its interfaces, as tcpdump sees it. */

import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import type { Lab } from '../../lab/lab.ts'
import { OutputLines } from '../../support/output-lines.ts'
import { run } from '../peers/peer.ts'

/** tcpdump's ring buffer: large enough that a busy machine drops nothing. */
const BUFFER_KIB = 128 * 1024

/** The discard service: nobody has to listen there. */
const MARK_PORT = 9
const SEND_MARK = `printf %s "$1" > /dev/udp/127.0.0.1/${MARK_PORT}`
const LOOK_EVERY_MS = 50
const LOOKS = 1200

export interface WireCapture {
  /** Ends the capture; everything that was sent before is in it. */
  stop(): Promise<Captured>
}

export interface Captured {
  /** The capture file: pcap, link type LINUX_SLL. */
  readonly pcap: Uint8Array
  /** Packets that the capture missed. */
  readonly dropped: number
}

/** Captures all TCP of the host into a new file at `path`; resolves once it has begun. */
export async function startWireCapture(options: {
  readonly lab: Lab
  readonly host: number
  readonly tcpdump: string
  readonly path: string
}): Promise<WireCapture> {
  const { lab, host, tcpdump, path } = options
  // -Z: without it tcpdump becomes another user, who may not write into the folder.
  const how = ['-i', 'any', '-y', 'LINUX_SLL', '-s', '0', '-n', '-U', '-Z', 'root', '-B', String(BUFFER_KIB)]
  const child = lab.exec(host, [tcpdump, ...how, '-w', path, `tcp or udp port ${MARK_PORT}`], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  if (child.stderr === null) throw new Error('tcpdump was started without its standard error')
  const ended = new Promise((resolve) => child.once('close', resolve))
  const lines = new OutputLines(child.stderr)
  await lines.waitFor(/listening on/)
  return {
    async stop() {
      // tcpdump throws away what it has not yet read when it is stopped, and it reads in order: what is written up to a mark is whole.
      const mark = randomBytes(16).toString('hex')
      await run([...lab.command(host), 'bash', '-c', SEND_MARK, 'bash', mark])
      await untilWritten(path, mark)
      child.kill('SIGINT')
      const [, dropped] = await lines.waitFor(/^(\d+) packets? dropped by kernel/)
      await ended
      return { pcap: readFileSync(path), dropped: Number(dropped) }
    },
  }
}

async function untilWritten(path: string, mark: string): Promise<void> {
  for (let look = 1; !readFileSync(path).includes(mark); look++) {
    if (look === LOOKS) throw new Error(`tcpdump has not written everything after ${(LOOKS * LOOK_EVERY_MS) / 1000} s`)
    await pause(LOOK_EVERY_MS)
  }
}
