/** strace, attached to a running process: records its calls, or kills it right before one of them. */

import { spawn, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { OutputLines } from '../output-lines.ts'
import { type EndWith, temporaryFolder } from '../temporary-folder.ts'
import { CRASH_CALLS } from './crash-point.ts'

export interface Tracer {
  /** Resolves once strace has ended: the process is dead, or was let go. */
  readonly ended: Promise<void>
  /** Lets the process go, unharmed. */
  detach(): Promise<void>
}

interface Target {
  readonly pid: number
  readonly endWith?: EndWith
}

/** Why processes cannot be traced here; undefined when they can. */
export function whyNoStrace(): string | undefined {
  const { error, status, stderr } = spawnSync('strace', ['-f', '-o', '/dev/null', 'true'], { encoding: 'utf8' })
  if (error !== undefined) return 'strace is not installed'
  return status === 0 ? undefined : `strace may not trace: ${stderr.trim()}`
}

/** Records the calls that change files until it is detached. @returns how to read the record then */
export async function recordCalls({ pid, endWith = onTestFinished }: Target): Promise<Tracer & { record(): string }> {
  const output = join(temporaryFolder({ endWith }), 'calls')
  const tracer = await attach(['-y', '-e', `trace=${CRASH_CALLS.join(',')}`, '-o', output], { pid, endWith })
  return { ...tracer, record: () => readFileSync(output, 'utf8') }
}

/** Kills the process before the `nth` call on `path` that one of its threads makes. */
export function killBefore(
  { call, path, nth }: { call: string; path: string; nth: number },
  target: Target,
): Promise<Tracer> {
  const injection = ['-e', `trace=${call}`, '-e', `inject=${call}:signal=KILL:when=${nth}`]
  return attach([...injection, '-P', path, '-o', '/dev/null'], target)
}

async function attach(options: readonly string[], { pid, endWith = onTestFinished }: Target): Promise<Tracer> {
  const strace = spawn('strace', ['-f', ...options, '-p', String(pid)], { stdio: ['ignore', 'ignore', 'pipe'] })
  const ended = new Promise<void>((resolve) => strace.on('close', () => resolve()))
  const detach = () => {
    // At this signal strace lets all threads go on; killed, it could leave them stopped.
    if (strace.exitCode === null && strace.signalCode === null) strace.kill('SIGINT')
    return ended
  }
  endWith(detach)
  await new OutputLines(strace.stderr).waitFor(/ attached/)
  return { ended, detach }
}
