/** Whether a copy of a folder is what it should be. */

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** @returns the first path below the folders that is not the same in both; undefined when all are */
export function sameTrees(folder: string, copy: string): string | undefined {
  const names = (root: string) =>
    readdirSync(root, { recursive: true, withFileTypes: true }).map((entry) => ({
      path: join(entry.parentPath, entry.name).slice(root.length + 1),
      isFile: entry.isFile(),
    }))
  const wanted = names(folder)
  const there = new Set(names(copy).map(({ path }) => path))
  if (there.size !== wanted.length) return `${there.size} entries of ${wanted.length}`
  return wanted.find(
    ({ path, isFile }) =>
      !there.has(path) || (isFile && !readFileSync(join(folder, path)).equals(readFileSync(join(copy, path)))),
  )?.path
}
