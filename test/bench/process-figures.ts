/** What processes have used, as Linux counts it: proc(5). */

import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'

const SAMPLE_EVERY_MS = 20

/** Whether this machine counts it. */
export function processFiguresAvailable(): boolean {
  return existsSync('/proc/self/stat')
}

/** Processor time that the process has used, in user and kernel mode. */
export function cpuSeconds(pid: number): number {
  const { userTicks, kernelTicks } = statTicks(String(pid))
  return (userTicks + kernelTicks) / ticksPerSecond()
}

/** Processor time of those children of this process that have ended and were waited for: the difference is what one of them used. */
export function endedChildrenCpuSeconds(): number {
  const { childrenUserTicks, childrenKernelTicks } = statTicks('self')
  return (childrenUserTicks + childrenKernelTicks) / ticksPerSecond()
}

/** The most memory that the process has ever had at once (VmHWM). @throws ENOENT, and Error when it has ended */
export function peakBytes(pid: number): number {
  const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  if (kibibytes === undefined) throw new Error(`process ${pid} has ended`)
  return Number(kibibytes) * 1024
}

/** Follows the peak of a process that will end; the last sample may miss what it grew in its last SAMPLE_EVERY_MS. */
export function followPeak(pid: number): { stop(): number } {
  let peak = 0
  const sample = () => {
    try {
      peak = peakBytes(pid)
    } catch {
      // It has ended; what was read before stands.
    }
  }
  const timer = setInterval(sample, SAMPLE_EVERY_MS)
  return {
    stop: () => {
      clearInterval(timer)
      return peak
    },
  }
}

function statTicks(process: string) {
  const stat = readFileSync(`/proc/${process}/stat`, 'utf8')
  // The second field is the name in parentheses, which may hold anything; what follows starts with the third field.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const field = (number: number) => Number(fields[number - 3])
  return {
    userTicks: field(14),
    kernelTicks: field(15),
    childrenUserTicks: field(16),
    childrenKernelTicks: field(17),
  }
}

function ticksPerSecond(): number {
  return Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))
}
