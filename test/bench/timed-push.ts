/** One push as an operator does it, timed from the start of the command to its end. */

import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { TransferSnapshot } from '../../src/wire/snapshot.ts'
import type { TreecastNetwork } from '../support/lab-network.ts'
import { sha256File } from '../support/test-content.ts'
import { runTreecast, startTreecast } from '../support/treecast-process.ts'
import type { Check } from './scenario.ts'

const PUSH_DEADLINE_MS = 15 * 60_000

export interface TimedPush {
  readonly seconds: number
  /** By the target's name: when it had the content, from the start of the command. */
  readonly targetSeconds: ReadonlyMap<string, number>
  readonly transfer: number
}

export interface PushOptions {
  readonly path: string
  readonly args?: readonly string[]
  /** Called with the id of the push's process once it runs. */
  readonly started?: (pid: number) => void
}

/** @throws Error when the push does not end with every target having the content */
export async function timedPush(
  network: TreecastNetwork,
  { path, args = [], started }: PushOptions,
): Promise<TimedPush> {
  const startedAt = performance.now()
  const push = await startTreecast(network.operator(['push', path, '--json', ...args]))
  started?.(push.pid)
  const [result] = await push.waitForLine('stdout', /^.*"type":"result".*$/, PUSH_DEADLINE_MS)
  const { code } = await push.exit
  const seconds = (performance.now() - startedAt) / 1000
  if (code !== 0) throw new Error(`the push ended with exit code ${code}: ${push.stderr.text || result}`)
  const { transfer, targets } = JSON.parse(result) as { transfer: number; targets: { name: string; seconds: number }[] }
  // A target's time starts with the transfer; what the command took before that and after the last target is added to each.
  const besideSeconds = seconds - Math.max(...targets.map((target) => target.seconds))
  return {
    seconds,
    targetSeconds: new Map(targets.map((target) => [target.name, target.seconds + besideSeconds])),
    transfer,
  }
}

/** Reads every terminal's copy. @returns that all of them have this SHA-256, or which have not */
export async function verifyCopies(network: TreecastNetwork, name: string, digest: string): Promise<Check> {
  const copies = network.terminals.map(async (terminal) => {
    const copy = await sha256File(join(terminal.inbox, name)).catch((error) => String(error))
    return { name: terminal.name, identical: copy === digest }
  })
  const different = (await Promise.all(copies)).filter(({ identical }) => !identical).map((copy) => copy.name)
  return {
    name: 'every copy has the SHA-256 of the file',
    holds: different.length === 0,
    detail: different.length === 0 ? `${copies.length} of ${copies.length}` : `not ${different.join(', ')}`,
  }
}

/** Makes room again: the terminals of `network` keep no copy in their inboxes. */
export function removeCopies(network: TreecastNetwork, name: string): void {
  for (const { inbox } of network.terminals) rmSync(join(inbox, name), { force: true })
}

/** What `treecast status TRANSFER --json` prints. */
export async function transferStatus(network: TreecastNetwork, transfer: number): Promise<TransferSnapshot> {
  const status = await runTreecast(network.operator(['status', String(transfer), '--json']))
  if (status.code !== 0) throw new Error(`status ended with exit code ${status.code}: ${status.stderr}`)
  return JSON.parse(status.stdout)
}
