/**
 * What of this machine's disk a push may name as its content: what lies in the inbox, by a path relative to it, and what lies in a folder
 * that the owner exports, by its absolute path. Pure; nothing else is ever opened.
 */

import { isAbsolute, relative, sep } from 'node:path'
import { escapeText } from '../system/escape-text.ts'
import { refuseDestination } from './destination.ts'
import type { OwnedPlace } from './owned-folder.ts'
import { refuseName } from './safe-name.ts'

export interface Exports {
  readonly inbox: string
  /** Absolute. */
  readonly exported: readonly string[]
}

/** Where `path` lies, or why it may not be read. */
export function findPlace({ inbox, exported }: Exports, path: string): OwnedPlace | { readonly refusal: string } {
  const shown = escapeText(path.slice(0, 200))
  if (!isAbsolute(path)) {
    const why = refuseDestination(path)
    return why === undefined
      ? { folder: inbox, parts: path.split('/') }
      : { refusal: `${shown} is no path in its inbox` }
  }
  for (const folder of exported) {
    const below = relative(folder, path)
    const parts = below === '' ? [] : below.split(sep)
    if (!isAbsolute(below) && parts.every((part) => refuseName(part) === undefined)) return { folder, parts }
  }
  return {
    refusal: `${shown} is in none of the folders that its owner exports: start its relay with --export, or name a path in its inbox`,
  }
}
