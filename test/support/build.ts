/**
 * Builds `dist/treecast` for this machine.
 *
 *   bun test/support/build.ts [OUTFILE]
 */

import { resolve } from 'node:path'
import { buildExecutable } from './executable.ts'

await buildExecutable(resolve(process.argv[2] ?? resolve(import.meta.dirname, '../../dist/treecast')))
