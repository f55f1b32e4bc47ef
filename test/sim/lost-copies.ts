/**
 * Owners remove or change what their terminals show, or what they export for a push: such a terminal has a content by its own record, and
 * cannot provide it. Which copies are gone is noted before anything happens to them.
 */

import type { Files } from '../../src/system/files.ts'
import type { Fault } from './faults.ts'
import { exportedPath } from './pusher.ts'
import { INBOX, readState } from './read-disk.ts'
import type { World } from './world.ts'

type Loss = Extract<Fault, { kind: 'copyLost' }>

export class LostCopies {
  /** By terminal and path: the newest transfer whose copy was there. */
  readonly #newest = new Map<string, number>()

  note(terminal: string, path: string, newest: number): void {
    this.#newest.set(`${terminal} ${path}`, newest)
  }

  /** Whether the terminal has lost what it had of this transfer, or of a newer one, at this path. */
  has(terminal: string, path: string, transfer: number): boolean {
    return (this.#newest.get(`${terminal} ${path}`) ?? 0) >= transfer
  }
}

/** All that the terminal shows is removed or changed, and what it exports is removed. */
export async function loseCopies(world: World, { at, how }: Loss): Promise<void> {
  const { machine, state } = world.terminals.get(at) ?? {}
  if (machine === undefined || state === undefined) return
  const rows = readState(state).filter(({ stage }) => stage === 'active' || stage === 'received')
  const newest = new Map<string, number>()
  for (const { transfer, stage } of rows.toSorted((a, b) => a.transfer - b.transfer)) {
    for (const { destination } of world.contents.find(transfer)?.tops ?? []) {
      const path = `${INBOX}/${destination}`
      if (stage === 'active' || newest.has(path)) newest.set(path, transfer)
    }
  }
  for (const push of how === 'removed' ? world.scenario.pushes : [])
    if (push.from === at) newest.set(exportedPath(push), Number.POSITIVE_INFINITY)
  for (const [path, transfer] of newest) {
    world.lostCopies.note(at, path, transfer)
    await (how === 'removed' ? machine.files.removeTree(path) : change(machine.files, path))
  }
}

/** A file has another byte, a folder one file more. */
async function change(files: Files, path: string): Promise<void> {
  const stat = await files.stat(path)
  if (stat?.kind === 'folder') {
    await files.writeFile(`${path}/added by its owner`, new Uint8Array(1), stat)
    return
  }
  if (stat?.kind !== 'file') return
  const file = await files.open(path, 'update')
  const at = Math.floor(stat.bytes / 2)
  const [byte = 0] = await file.read(at, 1)
  await file.write(at, new Uint8Array([byte ^ 1]))
  await file.close()
}
