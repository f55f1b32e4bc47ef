/** `npm run check:imports`: prints every breach of the layers in src, and fails when there is one. */

import { resolve } from 'node:path'
import { readSourceFiles } from './read-source.ts'
import { findViolations } from './rules.ts'

const files = readSourceFiles(resolve(import.meta.dirname, '../../../src'))
const violations = findViolations(files)
for (const { path, line, what } of violations) console.error(`src/${path}:${line}: ${what}`)
console.log(`import order: ${files.length} files, ${violations.length} breaches`)
process.exitCode = violations.length > 0 ? 1 : 0
