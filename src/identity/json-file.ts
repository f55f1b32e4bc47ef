/** One JSON document in a private file, with bytes as base64url: how identity and membership are kept. */

import * as v from 'valibot'
import { messageOf, TreecastError } from '../system/errors.ts'
import type { Files } from '../system/files.ts'
import { readPrivateFile, writePrivateFile } from './private-folder.ts'

/** Base64url of exactly `length` bytes, in its one canonical spelling. */
export function bytesSchema(length: number) {
  return v.pipe(
    v.string(),
    v.transform((text) => ({ text, bytes: new Uint8Array(Buffer.from(text, 'base64url')) })),
    v.check(
      ({ text, bytes }) => bytes.length === length && bytesToText(bytes) === text,
      `not base64url of ${length} bytes`,
    ),
    v.transform(({ bytes }) => bytes),
  )
}

export function bytesToText(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url')
}

/**
 * The document at `path`, checked and turned into what it stands for by `schema` and `build`; undefined when there is none.
 * @throws E_IDENTITY_DAMAGED when it cannot be; E_WIDE_MODE, E_HOME_KIND
 */
export async function loadDocument<S extends v.GenericSchema<unknown, unknown>, T>(source: {
  readonly files: Files
  readonly path: string
  readonly schema: S
  readonly build: (document: v.InferOutput<S>) => T
}): Promise<T | undefined> {
  const bytes = await readPrivateFile(source.files, source.path)
  if (bytes === undefined) return undefined
  try {
    return source.build(v.parse(source.schema, JSON.parse(Buffer.from(bytes).toString('utf8'))))
  } catch (cause) {
    throw damaged(source.path, cause)
  }
}

/** Keeps `document` at `path`, durably. */
export function saveDocument(files: Files, path: string, document: object): Promise<void> {
  return writePrivateFile(files, path, Buffer.from(`${JSON.stringify(document, null, 2)}\n`))
}

/** The cause of a schema or JSON error says where, and never shows what stands there: it may be a secret. */
function damaged(path: string, cause: unknown): TreecastError {
  const why = cause instanceof v.ValiError ? `wrong member ${v.getDotPath(cause.issues[0]) ?? ''}` : kindOfDamage(cause)
  const message = `${path} is damaged (${why}). Restore it from a backup; without one, move it away and enrol this node again.`
  return new TreecastError('E_IDENTITY_DAMAGED', message, { facts: { path } })
}

function kindOfDamage(cause: unknown): string {
  return cause instanceof SyntaxError ? 'not JSON' : messageOf(cause)
}
