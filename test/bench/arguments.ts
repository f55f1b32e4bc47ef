/** The command line of the benchmark. */

import { parseArgs } from 'node:util'
import { PEER_NAMES, type PeerName } from './peers/start-peers.ts'

export const USAGE = 'usage: npm run bench [-- NAME… [--runs N] [--peers NAME,…|none] [--out FILE] [--plots FOLDER]]'

export interface BenchArguments {
  /** The scenarios to run, each once; all when none was named. */
  readonly names: readonly string[]
  /** Undefined: each scenario's own number. */
  readonly runs: number | undefined
  /** Which other programs to measure beside; all by default. */
  readonly peers: readonly PeerName[]
  /** Where to write the results as JSON. */
  readonly out: string | undefined
  /** Where to draw them. */
  readonly plots: string | undefined
}

/** @throws Error when the arguments are no such command line, or name a scenario that is not among `known` */
export function readArguments(argv: readonly string[], known: readonly string[]): BenchArguments {
  const { values, positionals } = parseArgs({
    args: [...argv],
    options: {
      runs: { type: 'string' },
      peers: { type: 'string' },
      out: { type: 'string' },
      plots: { type: 'string' },
    },
    allowPositionals: true,
  })
  const unknown = positionals.find((name) => !known.includes(name))
  if (unknown !== undefined) throw new Error(`there is no scenario '${unknown}'; there are ${known.join(', ')}`)
  if (values.runs !== undefined && !/^[1-9][0-9]{0,3}$/.test(values.runs)) {
    throw new Error(`--runs ${values.runs} is not a whole number from 1 to 9999`)
  }
  return {
    names: known.filter((name) => positionals.length === 0 || positionals.includes(name)),
    runs: values.runs === undefined ? undefined : Number(values.runs),
    peers: readPeers(values.peers),
    out: values.out,
    plots: values.plots,
  }
}

function readPeers(text: string | undefined): readonly PeerName[] {
  if (text === undefined) return PEER_NAMES
  const asked = text === 'none' ? [] : text.split(',')
  const unknown = asked.find((name) => !PEER_NAMES.some((known) => known === name))
  if (unknown !== undefined) throw new Error(`there is no peer '${unknown}'; there are ${PEER_NAMES.join(', ')}`)
  return PEER_NAMES.filter((name) => asked.includes(name))
}
