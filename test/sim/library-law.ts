/**
 * What must be true of the main server's library at rest: every content that a transfer refers to is on the disk and is what was pushed,
 * no two are the same, and no other file is there.
 */

import { listFolder, readWhole } from './read-disk.ts'
import { SERVE_FOLDER, type World } from './world.ts'

const CONTENTS = `${SERVE_FOLDER}/library/contents`

/** @returns what is wrong */
export async function wrongLibrary(world: World): Promise<string | undefined> {
  const { heldContents } = await world.database()
  const references = await heldContents.references()
  const named = new Map(references.map((reference) => [Buffer.from(reference.digest).toString('hex'), reference]))
  const files = await listFolder(world.main.files, CONTENTS)
  const orphan = files.find((name) => !named.has(name))
  if (orphan !== undefined) return `the library keeps ${orphan}, to which no transfer refers`
  const seen = new Map<string, string>()
  for (const [name, { bytes }] of named) {
    const kept = await readWhole(world.main.files, `${CONTENTS}/${name}`)
    if (kept === undefined) return `the library lacks ${name}, to which a transfer refers`
    // What is missing at its end is a hole.
    const whole = Buffer.concat([kept, new Uint8Array(bytes - kept.length)]).toString('latin1')
    const same = seen.get(whole)
    if (same !== undefined) return `the library keeps the same bytes as ${same} and as ${name}`
    seen.set(whole, name)
    for (const { transfer, digest } of references) {
      const pushed = world.contents.find(transfer)?.bytes
      if (Buffer.from(digest).toString('hex') !== name || pushed === undefined) continue
      if (Buffer.from(pushed).toString('latin1') !== whole)
        return `the library keeps ${name} for transfer ${transfer}, which pushed something else`
    }
  }
  return undefined
}
