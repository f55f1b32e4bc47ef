/**
 * Runs seeds in several processes at once. Each takes every n-th seed and says one line of JSON for each, so that results come in as
 * they are there, and a process that crashes loses one seed.
 */

import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { RunResult } from './run.ts'
import type { ScenarioWish } from './scenario.ts'

export interface SeedRange {
  readonly first: number
  readonly count: number
  /** 1: every seed. */
  readonly step: number
}

/** What a worker is to do: the one argument of seed-worker.ts, as JSON. */
export interface SeedWork {
  readonly range: SeedRange
  readonly wish: ScenarioWish
}

export interface SeedWorkersOptions extends SeedWork {
  readonly workers: number
  /** Hears every result, in the order in which the runs end. @returns whether to go on */
  readonly heard: (result: RunResult) => boolean
}

const WORKER = fileURLToPath(new URL('seed-worker.ts', import.meta.url))

/** @throws when a worker ends before its work is done */
export async function runInWorkers({ range, wish, workers, heard }: SeedWorkersOptions): Promise<void> {
  const stop = new AbortController()
  const shares = Array.from({ length: workers }, (_, k) => {
    const first = range.first + k * range.step
    const count = Math.ceil((range.count - k) / workers)
    return { range: { first, count, step: workers * range.step }, wish }
  })
  const hear = (result: RunResult) => {
    if (!stop.signal.aborted && !heard(result)) stop.abort()
  }
  await Promise.all(shares.filter((share) => share.range.count > 0).map((work) => runWorker(work, hear, stop.signal)))
}

async function runWorker(work: SeedWork, hear: (result: RunResult) => void, stop: AbortSignal): Promise<void> {
  const child = spawn(process.execPath, [WORKER, JSON.stringify(work)], { stdio: ['ignore', 'pipe', 'inherit'] })
  const end = () => child.kill('SIGKILL')
  stop.addEventListener('abort', end)
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)))
  for await (const line of createInterface({ input: child.stdout })) hear(JSON.parse(line) as RunResult)
  const code = await ended
  stop.removeEventListener('abort', end)
  if (code !== 0 && !stop.aborted) throw new Error(`the worker for ${JSON.stringify(work)} ended with ${code}`)
}
