/**
 * The bytes of an entry list (treecast-protocol(7), ENTRY LIST), big endian:
 *
 *   0      4 5    8       12
 *   | TCEL |V| 0  | count | entries …
 *
 *   0 1 2      4    8          16      18              then, for a file      0       8        for a link   0        2
 *   |K|0| mode | in | modified | bytes | name (UTF-8)                        | bytes |                     | length | target (UTF-8)
 *
 * V version; K kind (1 file, 2 folder, 3 link); `in` the index of its folder, all ones for the top; `modified` milliseconds since 1970, a
 * double. What the names and targets say is judged by refuse-entries.ts; here only whether these are an entry list's bytes, every one of
 * them.
 */

import { TreecastError } from '../system/errors.ts'
import { LIMITS } from '../wire/limits.ts'
import { type Entry, TOP } from './entries.ts'

const MAGIC = 0x5443454c
const VERSION = 1
const HEAD_BYTES = 12
const ENTRY_HEAD_BYTES = 18
const KINDS = ['file', 'folder', 'link'] as const
// biome-ignore lint/suspicious/noControlCharactersInRegex: what is refused is said elsewhere.
const ASCII = /^[\x00-\x7f]*$/
const TOP_ON_THE_WIRE = 0xffff_ffff
const MODE_BITS = 0o777
/** What a Date can hold. */
const LATEST_MS = 8.64e15

/** The list's bytes. @throws E_PATH_TOO_MANY when a reader would refuse them */
export function encodeEntryList(entries: readonly Entry[]): Uint8Array {
  const texts = entries.map((entry) => ({
    name: Buffer.from(entry.name),
    target: entry.kind === 'link' ? Buffer.from(entry.target) : undefined,
  }))
  const size = texts.reduce((sum, { name, target }, k) => sum + sizeOf(entries[k] as Entry, name, target), HEAD_BYTES)
  if (entries.length > LIMITS.entries || size > LIMITS.entryListBytes) throw tooLarge(entries.length, size)
  const bytes = new Uint8Array(size)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, MAGIC)
  view.setUint8(4, VERSION)
  view.setUint32(8, entries.length)
  let at = HEAD_BYTES
  for (const [k, entry] of entries.entries()) {
    const { name, target } = texts[k] as (typeof texts)[number]
    view.setUint8(at, KINDS.indexOf(entry.kind) + 1)
    view.setUint16(at + 2, entry.mode)
    view.setUint32(at + 4, entry.in === TOP ? TOP_ON_THE_WIRE : entry.in)
    view.setFloat64(at + 8, entry.modifiedMs)
    view.setUint16(at + 16, name.length)
    bytes.set(name, at + ENTRY_HEAD_BYTES)
    at += ENTRY_HEAD_BYTES + name.length
    if (entry.kind === 'file') {
      view.setBigUint64(at, BigInt(entry.bytes))
      at += 8
    } else if (target !== undefined) {
      view.setUint16(at, target.length)
      bytes.set(target, at + 2)
      at += 2 + target.length
    }
  }
  return bytes
}

/** Reads a whole list. @throws E_ENTRY_LIST */
export function decodeEntryList(bytes: Uint8Array): Entry[] {
  if (bytes.length > LIMITS.entryListBytes) throw refused(`${bytes.length} bytes are too many`)
  if (bytes.length < HEAD_BYTES) throw refused('it is cut off')
  const reader = new Reader(bytes)
  if (reader.u32() !== MAGIC || reader.u32() !== VERSION << 24) throw refused(`it is not of version ${VERSION}`)
  const count = reader.u32()
  // Each takes room of its own: a count that the bytes cannot hold sets no memory aside.
  if (count > LIMITS.entries || count * ENTRY_HEAD_BYTES > bytes.length)
    throw refused(`it cannot hold ${count} entries`)
  const entries: Entry[] = []
  while (entries.length < count) entries.push(readEntry(reader, entries.length))
  if (reader.left > 0) throw refused('it has bytes behind its end')
  return entries
}

function readEntry(reader: Reader, index: number): Entry {
  const kind = KINDS[reader.u8() - 1]
  const flags = reader.u8()
  const mode = reader.u16()
  const folder = reader.u32()
  const modifiedMs = reader.f64()
  const name = reader.text(reader.u16())
  if (kind === undefined) throw refused(`entry ${index} is of no known kind`)
  if (flags !== 0 || (mode & ~MODE_BITS) !== 0) throw refused(`entry ${index} sets reserved bits`)
  if (folder !== TOP_ON_THE_WIRE && folder >= index) throw refused(`entry ${index} is in a folder that comes later`)
  if (!(Math.abs(modifiedMs) <= LATEST_MS)) throw refused(`entry ${index} has an impossible time`)
  const facts = { name, in: folder === TOP_ON_THE_WIRE ? TOP : folder, mode, modifiedMs }
  if (kind === 'file') return { kind, ...facts, bytes: reader.count() }
  return kind === 'link' ? { kind, ...facts, target: reader.text(reader.u16()) } : { kind, ...facts }
}

function sizeOf({ kind }: Entry, name: Uint8Array, target: Uint8Array | undefined): number {
  return ENTRY_HEAD_BYTES + name.length + (kind === 'file' ? 8 : 0) + (target === undefined ? 0 : 2 + target.length)
}

/** Steps over the bytes; what is not there is refused. */
class Reader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #buffer: Buffer
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get left(): number {
    return this.#bytes.length - this.#at
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1))
  }

  u16(): number {
    return this.#view.getUint16(this.#take(2))
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4))
  }

  f64(): number {
    return this.#view.getFloat64(this.#take(8))
  }

  count(): number {
    const count = this.#view.getBigUint64(this.#take(8))
    if (count > BigInt(Number.MAX_SAFE_INTEGER)) throw refused('a file is impossibly large')
    return Number(count)
  }

  text(bytes: number): string {
    const at = this.#take(bytes)
    // Nearly every name; a view of each would weigh more than the names.
    const text = this.#buffer.toString('latin1', at, at + bytes)
    if (ASCII.test(text)) return text
    try {
      return this.#decoder.decode(this.#bytes.subarray(at, at + bytes))
    } catch {
      throw refused('a name is not UTF-8')
    }
  }

  #take(bytes: number): number {
    if (this.left < bytes) throw refused('it is cut off')
    this.#at += bytes
    return this.#at - bytes
  }
}

function tooLarge(count: number, bytes: number): TreecastError {
  const message = `${count} files, folders and links with a list of ${bytes} bytes are too many for one push (at most ${LIMITS.entries}, ${LIMITS.entryListBytes} bytes): push parts of it, or leave some out with --exclude`
  return new TreecastError('E_PATH_TOO_MANY', message)
}

function refused(why: string): TreecastError {
  return new TreecastError('E_ENTRY_LIST', `entry list refused: ${why}`)
}
