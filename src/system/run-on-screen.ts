/** Another program on this process's own screen and keyboard: a pager, for instance. */

import { spawn } from 'node:child_process'

/** @returns its exit code, null when a signal ended it; undefined when there is no such program */
export function runOnScreen([program = '', ...words]: readonly string[]): Promise<number | null | undefined> {
  return new Promise((ended) => {
    const child = spawn(program, words, { stdio: 'inherit' })
    child.once('error', () => ended(undefined))
    child.once('close', (code) => ended(code))
  })
}
