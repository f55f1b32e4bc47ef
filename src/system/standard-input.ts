/** What a process reads from: what is left of it, whoever has read before. */

import { createReadStream, fstatSync } from 'node:fs'

const STANDARD_INPUT = 0
const CHUNK_BYTES = 256 * 1024

/**
 * Standard input. Bun's own stream reads a file from its first byte on; in `(read -r heading; treecast push - …) < FILE`, and after a
 * shell's `exec < FILE`, that was read already.
 */
export function standardInput(): NodeJS.ReadStream {
  if (!isFile()) return process.stdin
  const file = createReadStream('', { fd: STANDARD_INPUT, autoClose: false, highWaterMark: CHUNK_BYTES })
  // What only a terminal has is asked only of what says that it is one.
  return file as unknown as NodeJS.ReadStream
}

function isFile(): boolean {
  try {
    return fstatSync(STANDARD_INPUT).isFile()
  } catch {
    return false
  }
}
