/**
 * Builds a release in dist/release: one executable per platform, SHA256SUMS, and a bill of materials.
 *
 *   npm run release [-- TARGET...]     linux-x64 linux-arm64 linux-x64-musl … (all without one)
 *
 * Ends with 1 when a target could not be built, and says which and why; the others are there.
 */

import { createHash } from 'node:crypto'
import { createReadStream, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { buildExecutable } from '../executable.ts'
import { billOfMaterials } from './bill-of-materials.ts'
import { fetchRuntime, type ReleaseTarget, TARGETS } from './targets.ts'

const root = resolve(import.meta.dirname, '../../..')
const folder = join(root, 'dist', 'release')
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  version: string
  devDependencies: { bun: string }
}
const prefix = `treecast-${manifest.version}`

process.exit(await release(process.argv.slice(2)))

async function release(names: readonly string[]): Promise<number> {
  const unknown = names.filter((name) => TARGETS.every((target) => target.name !== name))
  if (unknown.length > 0) {
    console.error(`there is no target ${unknown.join(', ')}: ${TARGETS.map(({ name }) => name).join(', ')}`)
    return 2
  }
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const failures: string[] = []
  for (const target of TARGETS.filter(({ name }) => names.length === 0 || names.includes(name))) {
    try {
      await build(target)
      console.log(`built ${target.name}`)
    } catch (error) {
      failures.push(`${target.name}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  writeFileSync(join(folder, `${prefix}.cdx.json`), billOfMaterials(manifest.devDependencies.bun))
  await writeChecksums()
  for (const failure of failures) console.error(`not built: ${failure}`)
  return failures.length === 0 ? 0 : 1
}

async function build(target: ReleaseTarget): Promise<void> {
  const temporary = mkdtempSync(join(tmpdir(), 'treecast-release-'))
  try {
    const runtime = fetchRuntime(target, temporary)
    await buildExecutable(join(folder, `${prefix}-${target.name}${target.ending}`), runtime)
  } finally {
    rmSync(temporary, { recursive: true, force: true })
  }
}

/** As sha256sum(1) writes and checks them. */
async function writeChecksums(): Promise<void> {
  const lines: string[] = []
  for (const name of readdirSync(folder).toSorted()) {
    const hash = createHash('sha256')
    for await (const chunk of createReadStream(join(folder, name))) hash.update(chunk as Uint8Array)
    lines.push(`${hash.digest('hex')}  ${name}\n`)
  }
  writeFileSync(join(folder, 'SHA256SUMS'), lines.join(''))
}
