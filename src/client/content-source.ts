/**
 * What a push reads from: one regular file, standard input, or folders (tree-source.ts). A file must be the same from the first byte to
 * the last: one that grows, shrinks or is written to while it is read fails the push.
 */

import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { basename } from 'node:path'
import type { Readable } from 'node:stream'
import type { ReadableStream } from '../content/tree-stream.ts'
import { TreecastError } from '../system/errors.ts'
import { LIMITS } from '../wire/limits.ts'
import type { EntryListDescription } from '../wire/signed-documents.ts'
import { unreadable } from './scan-tree.ts'
import { type ListedState, UnchangedFile } from './unchanged-file.ts'

export interface ContentSource {
  /** The last name of the path, for people; empty for a stream. */
  readonly name: string
  /** Where it lands. */
  readonly destination: string
  /** What the bytes begin with; null for the bytes of one file. */
  readonly entryList: EntryListDescription | null
  /** Undefined for a stream, which has no size before its end. */
  readonly bytes: number | undefined
  /** Permission bits. */
  readonly mode: number
  readonly modifiedMs: number
  /** The bytes in order, once. @throws E_PATH_CHANGED, or the error of reading */
  chunks(): AsyncIterable<Uint8Array>
  /** The same bytes at any offset, again and again; undefined for what can be read only once, or is not here. */
  readonly stream?: () => ReadableStream
  close(): Promise<void>
}

/** One file. @throws E_PATH_UNREADABLE, E_PATH_NOT_A_FILE */
export async function fileSource(path: string, destination = basename(path)): Promise<ContentSource> {
  const file = await openForReading(path)
  const stat = await file.stat()
  if (!stat.isFile()) {
    await file.close()
    throw new TreecastError(
      'E_PATH_NOT_A_FILE',
      `${path} is no file or folder: push one, or pipe bytes into \`treecast push - --dest NAME\``,
    )
  }
  const listed = { path, bytes: stat.size, modifiedMs: stat.mtimeMs }
  return {
    name: basename(path),
    destination,
    entryList: null,
    bytes: stat.size,
    mode: stat.mode & 0o777,
    modifiedMs: Math.round(stat.mtimeMs),
    chunks: () => readFile(file, listed),
    // It is read through the one handle, which the source closes.
    stream: () => new UnchangedFile(file, listed),
    close: () => file.close(),
  }
}

/** What lies at a terminal already: the main server learns from there what it is, and nothing is read here. */
export function elsewhere(path: string, destination: string): ContentSource {
  return {
    ...{ name: basename(path), destination, entryList: null, bytes: undefined, mode: 0, modifiedMs: 0 },
    chunks: async function* nothing() {},
    close: async () => undefined,
  }
}

/** Standard input. Its chunks may throw E_PATH_UNREADABLE. */
export function streamSource(stream: Readable, destination: string, nowMs: number): ContentSource {
  return {
    name: '',
    destination,
    entryList: null,
    bytes: undefined,
    mode: 0o644,
    modifiedMs: nowMs,
    chunks: () => splitChunks(stream),
    close: async () => void stream.destroy(),
  }
}

async function openForReading(path: string): Promise<FileHandle> {
  try {
    // Without O_NONBLOCK, opening a named pipe would wait for its writer.
    return await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (cause) {
    throw unreadable(path, cause)
  }
}

async function* readFile(file: FileHandle, { path, bytes, modifiedMs }: ListedState): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes; ) {
    const chunk = new Uint8Array(Math.min(LIMITS.uploadChunkBytes, bytes - at))
    const { bytesRead } = await file.read(chunk, 0, chunk.length, at)
    if (bytesRead === 0) throw changed(path, `has ${at} bytes and had ${bytes}`)
    yield chunk.subarray(0, bytesRead)
    at += bytesRead
  }
  const after = await file.stat()
  if (after.size !== bytes) throw changed(path, `has ${after.size} bytes and had ${bytes}`)
  if (after.mtimeMs !== modifiedMs) throw changed(path, 'was written to')
}

async function* splitChunks(stream: Readable): AsyncGenerator<Uint8Array> {
  for await (const piece of piecesOf(stream)) {
    for (let at = 0; at < piece.length; at += LIMITS.uploadChunkBytes)
      yield piece.subarray(at, at + LIMITS.uploadChunkBytes)
  }
}

/** Standard input may be something that has no bytes, such as a folder. */
async function* piecesOf(stream: Readable): AsyncGenerator<Buffer> {
  try {
    yield* stream as AsyncIterable<Buffer>
  } catch (cause) {
    throw unreadable('standard input', cause)
  }
}

/** Why a push ends whose source did not stay as it was. */
export function changed(path: string, how: string): TreecastError {
  return new TreecastError(
    'E_PATH_CHANGED',
    `${path} changed while it was read (it ${how}): nothing was delivered. Push again when nobody writes to it.`,
  )
}
