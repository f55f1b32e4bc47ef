/** The network that a scenario measures: a main server and terminals, one to a host of a laboratory where there is one. */

import { createLab, type Lab } from '../lab/lab.ts'
import { startNetwork, type TreecastNetwork } from '../support/lab-network.ts'
import type { Bench } from './scenario.ts'

export interface BenchNetworkOptions {
  readonly terminals: number
  /** As tc writes it; `none` leaves the links unshaped, and only then does the loopback interface do where no lab can be made. */
  readonly rate: string
  readonly folder: string
}

export interface BenchNetwork extends TreecastNetwork {
  readonly lab: Lab | undefined
  /** Says what the network is made of. */
  readonly note: string
}

/** Resolves once every terminal has joined; all is gone when the scenario is over. */
export async function startBenchNetwork(bench: Bench, options: BenchNetworkOptions): Promise<BenchNetwork> {
  const { terminals, rate, folder } = options
  const { endWith } = bench
  bench.say(`starting a main server and ${terminals} terminals …`)
  if (!bench.lab.available) {
    if (rate !== 'none') throw new Error(`links of ${rate} need a lab: ${bench.lab.why}`)
    const network = await startNetwork({ terminals, folder, endWith })
    return { ...network, lab: undefined, note: `all on the loopback interface: ${bench.lab.why}` }
  }
  const lab = await createLab({ hosts: terminals + 1, rate })
  endWith(() => lab.down())
  const network = await startNetwork({ terminals, lab, folder, endWith })
  const links = rate === 'none' ? 'unshaped links' : `links of ${rate} each way`
  return { ...network, lab, note: `${terminals + 1} network namespaces, ${links}, TCP with ${lab.congestion}` }
}
