/**
 * What PATHs on the command line hold, as the entries of a content. Everything that would stop the push later is found here, before
 * anything moves: what cannot be read, what no terminal would accept, what is no file, folder or link.
 *
 * A PATH that is a link stands for what it leads to; a link below one is sent as a link. Names are in the order of their code units, so
 * that the same tree always gives the same content.
 */

import { isUtf8 } from 'node:buffer'
import { accessSync, constants, lstatSync, readFileSync, readlinkSync, type Stats, statSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { type Entry, TOP } from '../content/entries.ts'
import { refuseEntries } from '../content/refuse-entries.ts'
import { codeOf, TreecastError } from '../system/errors.ts'
import { escapeText } from '../system/escape-text.ts'
import { LIMITS } from '../wire/limits.ts'
import { IGNORE_FILE, IgnoreRules, type IsLeftOut } from './left-out.ts'

const MODE_BITS = 0o777

export interface ScanOptions {
  readonly paths: readonly string[]
  /** The name of the top, when there is one PATH and it is to be called otherwise. */
  readonly name?: string
  readonly isLeftOut: IsLeftOut
}

export interface Scan {
  readonly entries: readonly Entry[]
  /** When each was last written, as exactly as the disk tells it: whoever reads a file looks whether it is still the same. */
  readonly modifiedMs: readonly number[]
  /** Where each entry at the top is. */
  readonly topPaths: readonly string[]
}

/** @throws E_PATH_UNREADABLE, E_PATH_UNSUPPORTED, E_PATH_REFUSED, E_PATH_EMPTY, E_PATH_TOO_MANY */
export async function scanPaths(options: ScanOptions): Promise<Scan> {
  const walk = new Walk(options.isLeftOut)
  for (const path of options.paths) await walk.top(path, options.paths.length > 1 ? undefined : options.name)
  const { entries, modifiedMs, topPaths } = walk
  if (entries.length === 0) throw new TreecastError('E_PATH_EMPTY', 'all that was named is left out: nothing to push')
  const refusal = refuseEntries(entries)
  if (refusal === undefined) return { entries, modifiedMs, topPaths }
  throw new TreecastError(
    'E_PATH_REFUSED',
    `${escapeText(refusal.path)} ${escapeText(refusal.why)}: ${remedy(refusal.path)}`,
  )
}

function remedy(path: string): string {
  const refused = 'no terminal would accept it'
  const below = path.slice(path.indexOf('/') + 1)
  if (path.includes('/')) return `${refused}. Change that, or leave it out with --exclude '${escapeText(below)}'`
  return `${refused}. Push it alone, under another name: --dest NAME`
}

/** The last name of a PATH, also of `.` and `..`. */
export function nameOfPath(path: string): string {
  return basename(resolve(path))
}

interface Folder {
  readonly index: number
  readonly path: string
  /** Below the top; empty for the top itself. */
  readonly below: string
  readonly rules: IgnoreRules | undefined
}

class Walk {
  readonly entries: Entry[] = []
  readonly modifiedMs: number[] = []
  readonly topPaths: string[] = []
  readonly #isLeftOut: IsLeftOut

  constructor(isLeftOut: IsLeftOut) {
    this.#isLeftOut = isLeftOut
  }

  async top(named: string, name: string | undefined): Promise<void> {
    const path = named.replace(/(?<=.)\/+$/, '')
    const stats = reading(path, () => statSync(path))
    const own = name ?? nameOfPath(path)
    if (own === '')
      throw new TreecastError('E_PATH_UNNAMED', `${path} has no last name: say where it lands with --dest`)
    if (name === undefined && this.#isLeftOut(own, stats.isDirectory())) return
    this.topPaths.push(path)
    const index = this.#add(path, { name: own, in: TOP }, stats)
    if (stats.isDirectory()) await this.#folder({ index, path, below: '', rules: undefined })
  }

  async #folder(folder: Folder): Promise<void> {
    const { path, below } = folder
    const listed = await list(path)
    const rules = listed.some(({ name }) => name === IGNORE_FILE) ? readRules(folder) : folder.rules
    for (const { name, bytes } of listed) {
      const [at, inTop] = [`${path}/${name}`, below === '' ? name : `${below}/${name}`]
      const stats = reading(at, () => lstatSync(Buffer.concat([Buffer.from(`${path}/`), bytes])))
      const isFolder = stats.isDirectory()
      if (this.#isLeftOut(inTop, isFolder) || rules?.leavesOut(inTop, isFolder)) continue
      if (!isUtf8(bytes)) throw notUtf8(path, bytes, name)
      const index = this.#add(at, { name, in: folder.index }, stats)
      if (isFolder) await this.#folder({ index, path: at, below: inTop, rules })
    }
  }

  #add(path: string, place: Pick<Entry, 'name' | 'in'>, stats: Stats): number {
    if (this.entries.length >= LIMITS.entries) {
      const message = `more than ${LIMITS.entries} files, folders and links are too many for one push: push parts of it`
      throw new TreecastError('E_PATH_TOO_MANY', message)
    }
    this.entries.push(entryOf(path, stats, place))
    this.modifiedMs.push(stats.mtimeMs)
    return this.entries.length - 1
  }
}

/** What a folder holds. Every name on the disk is bytes; of these only UTF-8 is a name elsewhere. */
interface Listed {
  /** With U+FFFD in place of what is not UTF-8: good enough to be left out by. */
  readonly name: string
  readonly bytes: Buffer
}

/** @returns by the order of the names */
async function list(path: string): Promise<Listed[]> {
  try {
    const names = await readdir(path, { encoding: 'buffer' })
    const listed = names.map((bytes) => ({ name: bytes.toString(), bytes }))
    return listed.sort((a, b) => (a.name < b.name ? -1 : 1))
  } catch (cause) {
    throw unreadable(path, cause)
  }
}

function notUtf8(path: string, bytes: Buffer, name: string): TreecastError {
  const shown = escapeText(`${path}/${bytes.toString('latin1')}`)
  const glob = escapeText(name.replaceAll('\ufffd', '?'))
  const message = `${shown} has a name that is not UTF-8: rename it, or leave it out with --exclude '${glob}'`
  return new TreecastError('E_PATH_REFUSED', message)
}

function entryOf(path: string, stats: Stats, place: Pick<Entry, 'name' | 'in'>): Entry {
  const facts = { ...place, mode: stats.mode & MODE_BITS, modifiedMs: Math.round(stats.mtimeMs) }
  if (stats.isDirectory()) return { kind: 'folder', ...facts }
  if (stats.isSymbolicLink()) return { kind: 'link', ...facts, target: reading(path, () => readlinkSync(path)) }
  if (!stats.isFile()) {
    const message = `${escapeText(path)} is no file, folder or link: leave it out with --exclude '${escapeText(place.name)}'`
    throw new TreecastError('E_PATH_UNSUPPORTED', message)
  }
  reading(path, () => accessSync(path, constants.R_OK))
  return { kind: 'file', ...facts, bytes: stats.size }
}

function readRules({ path, below, rules }: Folder): IgnoreRules {
  const file = `${path}/${IGNORE_FILE}`
  return new IgnoreRules(
    below,
    reading(file, () => readFileSync(file, 'utf8')),
    rules,
  )
}

function reading<T>(path: string, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    throw unreadable(path, cause)
  }
}

/** Why a PATH, or something below it, cannot be pushed. */
export function unreadable(path: string, cause: unknown): TreecastError {
  const whys: Readonly<Record<string, string>> = {
    ENOENT: 'does not exist',
    ENOTDIR: 'does not exist',
    EACCES: 'may not be read by this user',
  }
  const why = whys[codeOf(cause)] ?? `cannot be read (${codeOf(cause)})`
  return new TreecastError('E_PATH_UNREADABLE', `${escapeText(path)} ${why}`, { cause })
}
