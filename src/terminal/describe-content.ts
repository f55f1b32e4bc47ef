/** What a terminal says of a content that it could provide. */

import { type Exports, findPlace } from '../content/exports.ts'
import { openProvided, type ProvidedContent } from '../content/provided-content.ts'
import { TreecastError } from '../system/errors.ts'
import type { Files } from '../system/files.ts'
import type { MessageBody } from '../wire/messages.ts'
import { reasonOf } from '../wire/reason.ts'

/** This machine's disk, as far as pushes may name what is on it. */
export interface ReadableDisk {
  readonly files: Files
  readonly exports: Exports
}

/** Opens what lies at a path of this terminal, to be had under the last name that it is to land by. @throws E_PATH_NOT_EXPORTED, or as openProvided() */
export async function openOwn(
  { files, exports }: ReadableDisk,
  { path, name }: Pick<MessageBody<'describeContent'>, 'path' | 'name'>,
): Promise<ProvidedContent> {
  const place = findPlace(exports, path)
  if ('refusal' in place) throw new TreecastError('E_PATH_NOT_EXPORTED', place.refusal)
  return openProvided(files, place, name)
}

/** The answer to DESCRIBE_CONTENT. */
export async function describeContent(
  disk: ReadableDisk,
  { question, path, name }: MessageBody<'describeContent'>,
): Promise<MessageBody<'contentDescribed'>> {
  try {
    const { bytes, mode, modifiedMs, entryList, stream } = await openOwn(disk, { path, name })
    await stream.close()
    return { question, content: { bytes, mode, modifiedMs, entryList }, error: null }
  } catch (error) {
    return { question, content: null, error: reasonOf(error) }
  }
}
