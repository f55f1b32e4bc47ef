/**
 * Where the bytes of each file lie in a content's one stream of bytes. Pure: the one place that knows.
 *
 *   | entry list | first file | second file | …        in the order of their entries
 */

import type { Entry, FileEntry } from './entries.ts'

export interface FileExtent {
  /** Index of the file in the entry list. */
  readonly entry: number
  /** Where its bytes start in the stream. */
  readonly offset: number
  readonly bytes: number
}

/** The extents of all files, in order; `listBytes` is the length of the entry list itself. */
export function* fileExtents(entries: readonly Entry[], listBytes: number): Generator<FileExtent> {
  let offset = listBytes
  for (const [entry, { kind, ...facts }] of entries.entries()) {
    if (kind !== 'file') continue
    const { bytes } = facts as FileEntry
    yield { entry, offset, bytes }
    offset += bytes
  }
}
