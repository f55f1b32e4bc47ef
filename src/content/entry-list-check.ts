/** An entry list as it was received: believed only when its digest is the signed one and refuse-entries.ts accepts all of it. */

import { hasDigest } from '../seal/digests.ts'
import { TreecastError } from '../system/errors.ts'
import { escapeText } from '../system/escape-text.ts'
import { bytesOf, type Entry } from './entries.ts'
import { decodeEntryList } from './entry-list-codec.ts'
import { refuseEntries } from './refuse-entries.ts'
import { isListOf, type Top } from './tops.ts'

/** What a content's signed description says of its entry list. */
export interface EntryListFacts {
  readonly bytes: number
  /** SHA-256. */
  readonly digest: Uint8Array
  /** How many files, folders and links. */
  readonly entries: number
  readonly tops: readonly Top[]
}

/**
 * The entries of a content of `contentBytes` bytes in all.
 * @throws E_ENTRY_LIST
 */
export function checkEntryList(bytes: Uint8Array, facts: EntryListFacts, contentBytes: number): readonly Entry[] {
  if (!hasDigest(bytes, facts.digest)) throw refused('it has not the digest that was signed')
  const entries = decodeEntryList(bytes)
  const refusal = refuseEntries(entries)
  if (refusal !== undefined) throw refused(`'${escapeText(refusal.path).slice(0, 300)}' ${escapeText(refusal.why)}`)
  if (entries.length !== facts.entries || !isListOf(entries, facts.tops)) {
    throw refused('it lists something else than what was announced')
  }
  if (bytesOf(entries) + facts.bytes !== contentBytes) throw refused('its files have not as many bytes as the content')
  return entries
}

function refused(why: string): TreecastError {
  return new TreecastError('E_ENTRY_LIST', `the content's entry list is refused: ${why}`)
}
