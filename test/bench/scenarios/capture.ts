/** Nothing of a file can be read on the wire: known pieces of it are looked for in a capture of a push, and in one of the file in plain. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeFile } from '../../support/test-content.ts'
import { startBenchNetwork } from '../bench-network.ts'
import { knownWindows, windowsFound } from '../capture/known-windows.ts'
import { sendPlain } from '../capture/send-plain.ts'
import { tcpStreams } from '../capture/tcp-streams.ts'
import { startWireCapture } from '../capture/wire-capture.ts'
import { inEveryRun } from '../checks.ts'
import { findProgram } from '../peers/peer.ts'
import type { Check, Scenario } from '../scenario.ts'
import { timedPush, verifyCopies } from '../timed-push.ts'
import { makeWorkFolder } from '../work-folder.ts'

/** No more than the fan-out, so that the main server serves each of them. */
const TERMINALS = 3
const FILE_BYTES = 8 * 1024 * 1024
const FILE_NAME = 'known.bin'
const WINDOWS = 10
const ROOM_BYTES = 512 * 1024 * 1024

export const capture: Scenario = {
  name: 'capture',
  summary: `${WINDOWS} known pieces of a file, looked for on the wire`,
  defaultRuns: 1,
  async run(bench) {
    const tcpdump = findProgram('tcpdump')
    if (!bench.lab.available) return { skipped: bench.lab.why }
    if (tcpdump === undefined) return { skipped: 'install tcpdump' }
    const folder = makeWorkFolder(ROOM_BYTES, bench.endWith)
    const network = await startBenchNetwork(bench, { terminals: TERMINALS, rate: 'none', folder: folder.path })
    const { lab } = network
    if (lab === undefined) return { skipped: 'it needs a lab' }

    const path = join(folder.path, FILE_NAME)
    const captured = async (send: () => Promise<unknown>) => {
      const wire = await startWireCapture({ lab, host: 0, tcpdump, path: join(folder.path, 'wire.pcap') })
      await send()
      const { pcap, dropped } = await wire.stop()
      return { streams: tcpStreams(pcap), pcap, dropped }
    }
    const checks: Check[] = []
    for (let run = 1; run <= bench.runs; run++) {
      const digest = await makeFile(path, FILE_BYTES, { seed: run })
      const windows = knownWindows(readFileSync(path), WINDOWS)
      const push = await captured(() => timedPush(network, { path, args: ['--compress', 'none'] }))
      const plain = await captured(() => sendPlain(lab, path))
      checks.push(
        await verifyCopies(network, FILE_NAME, digest),
        wholePushCheck(push),
        foundCheck('in a push', windowsFound(windows, [...push.streams, push.pcap]), 0),
        foundCheck('in the control, the same file in plain', windowsFound(windows, plain.streams), WINDOWS),
      )
    }
    return { measures: [], checks: inEveryRun(checks), notes: [network.note, folder.note] }
  },
}

/** The operator's machine sends the file to the main server, in the same host, and that to each terminal. */
function wholePushCheck({ streams, dropped }: { streams: readonly Uint8Array[]; dropped: number }): Check {
  const bytes = streams.reduce((sum, { length }) => sum + length, 0)
  return {
    name: 'the capture holds the whole push',
    holds: dropped === 0 && bytes >= FILE_BYTES * (TERMINALS + 1),
    detail: `${(bytes / FILE_BYTES).toFixed(2)} times the file's bytes, ${dropped} packets missed`,
  }
}

function foundCheck(where: string, found: number, expected: number): Check {
  const name = `${expected === 0 ? 'no' : `all ${expected}`} known pieces are ${where}`
  return { name, holds: found === expected, detail: `${found} of ${WINDOWS} found` }
}
