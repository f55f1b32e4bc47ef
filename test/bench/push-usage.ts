/** A push, and what all processes of the network used for it. */

import type { TreecastNetwork } from '../support/lab-network.ts'
import { cpuSeconds, endedChildrenCpuSeconds, followPeak, peakBytes } from './process-figures.ts'
import { timedPush } from './timed-push.ts'

export interface PushUsage {
  readonly seconds: number
  /** Of the push, the main server and all terminals. */
  readonly cpuSeconds: number
  readonly pushPeakBytes: number
  /** Since the process was started, as the next. */
  readonly mainPeakBytes: number
  readonly terminalPeakBytes: number
}

export async function pushWithUsage(network: TreecastNetwork, path: string): Promise<PushUsage> {
  const terminalPids = network.terminals.map((terminal) => terminal.process.pid)
  const daemonPids = [network.main.pid, ...terminalPids]
  // No other child of this process ends meanwhile, so what ended children used more than before, the push used.
  const used = () => daemonPids.reduce((sum, pid) => sum + cpuSeconds(pid), endedChildrenCpuSeconds())

  const usedBefore = used()
  let pushPeak: ReturnType<typeof followPeak> | undefined
  const { seconds } = await timedPush(network, {
    path,
    started: (pid) => {
      pushPeak = followPeak(pid)
    },
  }).finally(() => pushPeak?.stop())
  return {
    seconds,
    cpuSeconds: used() - usedBefore,
    pushPeakBytes: pushPeak?.stop() ?? 0,
    mainPeakBytes: peakBytes(network.main.pid),
    terminalPeakBytes: Math.max(...terminalPids.map(peakBytes)),
  }
}
