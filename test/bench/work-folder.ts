/** Where a scenario keeps its files: in memory when there is room, since a disk would be what is measured. */

import { mkdtempSync, readFileSync, rmSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { EndWith } from '../support/temporary-folder.ts'

const MEMORY_FOLDER = '/dev/shm'

export interface WorkFolder {
  readonly path: string
  /** Says which one it is. */
  readonly note: string
}

/**
 * A new folder with room for `neededBytes`; removed with all in it when the scenario is over.
 * @throws Error when there is no such room
 */
export function makeWorkFolder(neededBytes: number, endWith: EndWith): WorkFolder {
  const parent = [MEMORY_FOLDER, tmpdir()].find((folder) => freeBytes(folder) >= neededBytes)
  if (parent === undefined) {
    throw new Error(`${Math.ceil(neededBytes / 1e6)} MB are needed in ${MEMORY_FOLDER} or ${tmpdir()}; make room`)
  }
  const path = mkdtempSync(join(parent, 'treecast-bench-'))
  endWith(() => rmSync(path, { recursive: true, force: true }))
  return { path, note: parent === MEMORY_FOLDER ? 'all files in memory (tmpfs)' : `all files in ${parent}` }
}

/** 0 when there is no such folder. */
function freeBytes(folder: string): number {
  try {
    const { bavail, bsize } = statfsSync(folder)
    // A tmpfs promises half of the memory, used or not; it gets at most half of what is free, for the processes need some too.
    return folder === MEMORY_FOLDER ? Math.min(bavail * bsize, availableMemoryBytes() / 2) : bavail * bsize
  } catch {
    return 0
  }
}

function availableMemoryBytes(): number {
  const kibibytes = /^MemAvailable:\s+(\d+) kB$/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1]
  return Number(kibibytes ?? 0) * 1024
}
