/** What is wrong once everything is up again: compares what the main server says with what the terminals have. */

import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { sha256File } from '../test-content.ts'
import type { Flock } from './flock.ts'
import type { Pushes } from './pushes.ts'

export interface Verdict {
  /** Visible content that is not what was pushed to that place. */
  readonly wrongFiles: string[]
  /** The main server says that a terminal shows a content, and it does not. */
  readonly falseReceipts: string[]
  /** Neither active, nor called off or superseded. */
  readonly stuckDeliveries: string[]
  readonly stagingLeftovers: string[]
}

interface RecordedTransfer {
  readonly transfer: number
  readonly destination: string
  readonly state: string
  readonly terminals: readonly {
    readonly name: string
    readonly state: string
    readonly error: { readonly code: string } | null
  }[]
}

/** Every transfer that the network database knows. */
export async function recordedTransfers(flock: Flock): Promise<RecordedTransfer[]> {
  const { stdout } = await flock.operate(['status', '--json'])
  const newest = Math.max(0, ...JSON.parse(stdout).transfers.map(({ transfer }: RecordedTransfer) => transfer))
  const transfers: RecordedTransfer[] = []
  for (let id = 1; id <= newest; id++) {
    const { code, stdout: document } = await flock.operate(['status', String(id), '--json'])
    if (code === 0) transfers.push(JSON.parse(document))
  }
  return transfers
}

/** Deliveries from which more is to come. */
export function unfinished(transfers: readonly RecordedTransfer[]): string[] {
  return transfers.flatMap(({ transfer, terminals }) =>
    terminals
      .filter(({ state, error }) => !isOver(state, error?.code))
      .map(({ name, state, error }) => `transfer ${transfer} at ${name}: ${state} ${error?.code ?? ''}`),
  )
}

export async function judge(flock: Flock, pushes: Pushes): Promise<Verdict> {
  const transfers = await recordedTransfers(flock)
  const expected = expectedFiles(transfers, pushes)
  const verdict: Verdict = {
    wrongFiles: [],
    falseReceipts: [],
    stuckDeliveries: unfinished(transfers),
    stagingLeftovers: [],
  }
  for (const name of flock.terminals) {
    const there = new Map<string, string>()
    for (const file of filesIn(flock.inbox(name))) there.set(file, await sha256File(join(flock.inbox(name), file)))
    for (const [file, digest] of there) {
      if (!pushes.knows(file, digest)) verdict.wrongFiles.push(`${name}: ${file}`)
    }
    for (const [file, { digest, transfer }] of expected.get(name) ?? []) {
      if (there.get(file) !== digest) verdict.falseReceipts.push(`${name}: ${file} of transfer ${transfer}`)
    }
    const staged = existsSync(flock.staging(name)) ? readdirSync(flock.staging(name)) : []
    verdict.stagingLeftovers.push(...staged.map((file) => `${name}: ${file}`))
  }
  return verdict
}

/** By terminal and place: the newest content that it is said to show. */
function expectedFiles(transfers: readonly RecordedTransfer[], pushes: Pushes) {
  const expected = new Map<string, Map<string, { transfer: number; digest: string | undefined }>>()
  const digests = new Map(pushes.all.map(({ transfer, digest }) => [transfer, digest]))
  for (const { transfer, destination, terminals } of transfers.toSorted((a, b) => a.transfer - b.transfer)) {
    for (const { name } of terminals.filter(({ state }) => state === 'active')) {
      const ofTerminal = expected.get(name) ?? new Map()
      expected.set(name, ofTerminal.set(destination, { transfer, digest: digests.get(transfer) }))
    }
  }
  return expected
}

function isOver(state: string, error: string | undefined): boolean {
  return state === 'active' || state === 'cancelled' || (state === 'failed' && error === 'E_SUPERSEDED')
}

/** All files below a folder, as relative paths. */
export function filesIn(folder: string): string[] {
  if (!existsSync(folder)) return []
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  return paths.filter((path) => statSync(join(folder, path), { throwIfNoEntry: false })?.isFile())
}
