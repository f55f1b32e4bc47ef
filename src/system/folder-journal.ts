/**
 * Which names in the folders of a modelled disk a power cut may take back.
 *
 * An operation (a creation, a removal, a rename with both its ends) happens wholly or not at all. One that no folder sync has covered
 * may be undone, in any combination, with one rule: what was done later to the same name is undone with it.
 */

import type { DiskNode, FolderNode } from './memory-disk.ts'
import type { Random } from './random.ts'

/** One name in one folder, before and after. */
export interface NameEdit {
  readonly folder: FolderNode
  readonly name: string
  readonly node: DiskNode | undefined
}

type Operation = readonly (NameEdit & { readonly before: DiskNode | undefined })[]

export class FolderJournal {
  #unsynced: Operation[] = []

  /** Does one operation. */
  apply(...edits: readonly NameEdit[]): void {
    const operation = edits.map((edit) => ({ ...edit, before: edit.folder.entries.get(edit.name) }))
    for (const { folder, name, node } of operation) setName(folder, name, node)
    this.#unsynced.push(operation)
  }

  /** Makes what was done in the folder safe, and with it whatever it rests on. */
  sync(folder: FolderNode): void {
    const safeNames = new Set<string>()
    const left: Operation[] = []
    for (const operation of this.#unsynced.toReversed()) {
      const safe = operation.some((edit) => edit.folder === folder || safeNames.has(nameKey(edit)))
      if (!safe) left.unshift(operation)
      else for (const edit of operation) safeNames.add(nameKey(edit))
    }
    this.#unsynced = left
  }

  crash(random: Random): void {
    const undoneNames = new Set<string>()
    const undone: Operation[] = []
    for (const operation of this.#unsynced) {
      const falls = random.fraction() < 0.5 || operation.some((edit) => undoneNames.has(nameKey(edit)))
      if (!falls) continue
      undone.unshift(operation)
      for (const edit of operation) undoneNames.add(nameKey(edit))
    }
    for (const operation of undone) for (const { folder, name, before } of operation) setName(folder, name, before)
    this.#unsynced = []
  }
}

function setName(folder: FolderNode, name: string, node: DiskNode | undefined): void {
  if (node) folder.entries.set(name, node)
  else folder.entries.delete(name)
}

function nameKey({ folder, name }: NameEdit): string {
  return `${folder.inode}/${name}`
}
