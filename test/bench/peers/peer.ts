/** Another program that copies the same file to the same hosts, measured in the same run. */

import { type SpawnOptions, spawn } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { Lab } from '../../lab/lab.ts'

export interface Peer {
  readonly name: string
  /**
   * Copies `path` to every host at once; resolves when the last copy is there. @throws Error when one fails
   * @returns for every host, in order, the seconds from the call until its copy was there
   */
  copyToAll(path: string): Promise<number[]>
  /** Where the copy of a file called `fileName` lies in a host. */
  copyIn(host: number, fileName: string): string
  /** Makes room again. */
  removeCopies(): void
}

/** What a peer is given to start with. */
export interface PeerPlace {
  readonly lab: Lab
  /** The hosts to copy to; host 0 sends. */
  readonly hosts: readonly number[]
  /** Exists, is empty, and is the peer's own. */
  readonly folder: string
  /** Each link's rate, for those that cannot find it out themselves; undefined: unshaped. */
  readonly megabitsPerSecond: number | undefined
}

/** What became of a peer: ready to be measured, or why not. */
export type PeerOrSkip = Peer | { readonly name: string; readonly skipped: string }

/** The absolute path of a program, or undefined; daemons lie where a user's PATH does not look. */
export function findProgram(name: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']
  return folders.map((folder) => join(folder, name)).find(isExecutable)
}

/** Longer than any copy of a scenario takes: a program that hangs fails the scenario, and does not keep it for ever. */
const DEADLINE_MS = 15 * 60_000

/**
 * Runs a command to its end.
 * @throws Error, with what it printed on standard error, unless it ends with 0 within `timeout` milliseconds
 */
export async function run(argv: readonly string[], options: SpawnOptions = {}): Promise<void> {
  const [program = '', ...rest] = argv
  const child = spawn(program, rest, { timeout: DEADLINE_MS, ...options, stdio: ['ignore', 'ignore', 'pipe'] })
  let complaint = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    complaint += text
  })
  const code = await new Promise((ended, failed) => child.once('close', ended).once('error', failed))
  if (code !== 0) throw new Error(`${argv.join(' ')} ended with ${code ?? child.signalCode}: ${complaint.trim()}`)
}

/** Does `work` for every host side by side. @returns for each the seconds from the call to its end */
export async function timedForEach(
  hosts: readonly number[],
  work: (host: number) => Promise<unknown>,
): Promise<number[]> {
  const startedAt = performance.now()
  return Promise.all(
    hosts.map(async (host) => {
      await work(host)
      return (performance.now() - startedAt) / 1000
    }),
  )
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
