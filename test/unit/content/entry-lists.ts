/** Entry lists for tests, written as paths. */

import { type Entry, TOP } from '../../../src/content/entries.ts'

const FACTS = { mode: 0o640, modifiedMs: 1_700_000_000_000 }

/**
 * `a/` is a folder, `a -> b` a link, anything else a file of as many bytes as its name has letters. What is in a folder stands behind it:
 * `top/`, `top/x`, `top/l -> x`.
 */
export function entriesOf(...lines: readonly string[]): Entry[] {
  const folders = new Map<string, number>()
  return lines.map((line, index): Entry => {
    const [path = '', target] = line.split(' -> ')
    const isFolder = path.endsWith('/')
    const parts = (isFolder ? path.slice(0, -1) : path).split('/')
    const name = parts.pop() ?? ''
    const place = { ...FACTS, name, in: folders.get(parts.join('/')) ?? TOP }
    if (isFolder) folders.set(path.slice(0, -1), index)
    if (target !== undefined) return { kind: 'link', ...place, target }
    return isFolder ? { kind: 'folder', ...place } : { kind: 'file', ...place, bytes: name.length }
  })
}
