/** Which source the PATHs of a push are read from. */

import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { type ContentSource, elsewhere, fileSource, streamSource } from '../client/content-source.ts'
import { STANDARD_INPUT } from './command-words.ts'
import type { PUSH_OPTIONS, SettingsOf } from './option-tables.ts'
import { assertSendable } from './sendable.ts'
import type { Shell } from './shell.ts'
import { usageError } from './usage-error.ts'

/**
 * One regular file and standard input are sent as their bytes; everything else as entries. Trees are scanned here, to their end.
 * @throws E_USAGE, E_PATH_…
 */
export async function openSource(
  paths: readonly string[],
  settings: SettingsOf<typeof PUSH_OPTIONS>,
  shell: Shell,
): Promise<ContentSource> {
  const [path] = paths
  if (path === undefined) throw usageError('say what to push: treecast push PATH, or - for standard input')
  if (settings.from !== undefined) return ofTerminal(paths, settings)
  if (paths.includes(STANDARD_INPUT)) return streamOf(paths, settings, shell)
  if (paths.length === 1 && !(await isFolder(path))) return fileSource(path, settings.dest)
  for (const glob of settings.exclude) assertSendable('--exclude', glob, 'path')
  const { leftOutByGlobs } = await import('../client/left-out.ts')
  const { treeSource } = await import('../client/tree-source.ts')
  return treeSource({ paths, destination: settings.dest, isLeftOut: leftOutByGlobs(settings.exclude) })
}

/** The path is the terminal's, and read there. */
function ofTerminal(paths: readonly string[], { dest, exclude }: SettingsOf<typeof PUSH_OPTIONS>): ContentSource {
  const path = (paths[0] as string).replace(/(?<=.)\/+$/, '')
  if (paths.length > 1) throw usageError('--from sends one PATH of the terminal at a time')
  if (path === STANDARD_INPUT) throw usageError('--from takes a PATH of the terminal, not standard input')
  if (exclude.length > 0) throw usageError('--exclude is not for --from: the terminal sends PATH as it is')
  return elsewhere(path, dest ?? basename(path))
}

function streamOf(
  paths: readonly string[],
  { join, dest }: SettingsOf<typeof PUSH_OPTIONS>,
  shell: Shell,
): ContentSource {
  if (paths.length > 1)
    throw usageError('standard input is pushed alone: leave the other PATHs out, or push them first')
  if (join === '-') throw usageError('--join - and PATH - both read standard input')
  if (dest === undefined) throw usageError('standard input has no name: say where it lands with --dest')
  return streamSource(shell.stdin, dest, shell.clock.now())
}

/** Whatever cannot be looked at is opened as a file, which says why. */
async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  )
}
