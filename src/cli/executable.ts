/** How this program is started again. */

import { resolve } from 'node:path'

/**
 * The words that start this program: absolute paths, the file first. A compiled executable is all there is; otherwise the runtime is given a
 * script that lies on the disk.
 */
export function executableOf(runtime: string, [, script]: readonly string[]): string[] {
  return script === undefined || isBundled(script) ? [runtime] : [runtime, resolve(script)]
}

/** Where an executable that Bun compiled pretends that its script lies. */
function isBundled(script: string): boolean {
  return /^(\/\$bunfs\/|[A-Z]:[\\/]~BUN[\\/])/i.test(script)
}
