/**
 * Where content may land: a path relative to a terminal's inbox. Names are refused, never repaired. Checked by the pusher (so that a
 * mistake is told at once), by the main server and by every terminal (who trust neither).
 */

import { escapeText } from '../system/escape-text.ts'

const MAX_PART_BYTES = 255
const MAX_PATH_BYTES = 1024
const MAX_DEPTH = 32

/** Device names that Windows keeps for itself, with or without an ending; it takes no notice of spaces before that. */
const RESERVED = /^(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³]) *(\..*)?$/i
/** Control characters, and those that reorder or hide text. */
const UNSAFE_CHARACTER = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufffe\uffff]/u
const LONE_SURROGATE = /\p{Surrogate}/u
const FORBIDDEN = /[<>:"|?*\\]/

export interface DestinationRefusal {
  readonly code: 'E_DESTINATION'
  readonly message: string
}

/** Why `path` must not be a destination; undefined when it may. */
export function refuseDestination(path: string): DestinationRefusal | undefined {
  const refusal = (why: string): DestinationRefusal => ({
    code: 'E_DESTINATION',
    message: `destination '${escapeText(path.slice(0, 200))}' ${why}: name a path inside the terminals' inbox, for example --dest videos/intro.mp4`,
  })
  if (path === '') return refusal('is empty')
  if (path.startsWith('/') || /^[a-z]:/i.test(path)) return refusal('is absolute')
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) return refusal(`is longer than ${MAX_PATH_BYTES} bytes`)
  const parts = path.split('/')
  if (parts.length > MAX_DEPTH) return refusal(`is deeper than ${MAX_DEPTH} folders`)
  for (const part of parts) {
    const why = refusePart(part)
    if (why !== undefined) return refusal(why)
  }
  return undefined
}

function refusePart(part: string): string | undefined {
  if (part === '') return 'has an empty part'
  if (part === '.' || part === '..') return `has the part '${part}'`
  if (Buffer.byteLength(part) > MAX_PART_BYTES) return `has a name longer than ${MAX_PART_BYTES} bytes`
  if (UNSAFE_CHARACTER.test(part) || LONE_SURROGATE.test(part)) return 'has a control, invisible or invalid character'
  if (FORBIDDEN.test(part)) return 'has one of the characters < > : " | ? * \\'
  if (part.endsWith('.') || part.endsWith(' ') || part.startsWith(' '))
    return 'has a name with a space or dot at its edge'
  if (RESERVED.test(part)) return `has the reserved device name '${part}'`
  if (part.toLowerCase() === '.treecast') return "has treecast's own name '.treecast'"
  return undefined
}
