/**
 * The process's own output. A reader that has gone away (`treecast rank | head -1`) is no failure of ours; standard output that cannot be
 * written for another reason, such as a full disk, is one, and is told once.
 */

import { codeOf, TreecastError } from './errors.ts'

export interface OutputStreams {
  /** Resolves once all output is handed to the system. @returns whether nothing of standard output was lost */
  flushed(): Promise<boolean>
}

/** @param tell is called once, with E_OUTPUT, when standard output cannot be written */
export function watchOutput(
  { stdout, stderr }: Readonly<Record<'stdout' | 'stderr', NodeJS.WritableStream>>,
  tell: (error: TreecastError) => void,
): OutputStreams {
  let isLost = false
  stdout.on('error', (cause) => {
    if (isLost || codeOf(cause) === 'EPIPE') return
    isLost = true
    tell(new TreecastError('E_OUTPUT', `standard output cannot be written (${codeOf(cause)})`, { cause }))
  })
  // There is nowhere left to tell it.
  stderr.on('error', () => undefined)
  return {
    flushed: async () => {
      await flush(stdout)
      // Bun tells of what could not be written one turn after it has called back.
      await new Promise((resolve) => setImmediate(resolve))
      await flush(stderr)
      return !isLost
    },
  }
}

/** A pipe whose reader is gone counts as flushed. */
function flush(stream: NodeJS.WritableStream): Promise<void> {
  return new Promise((resolve) => stream.write('', () => resolve()))
}
