/**
 * Where content may land: a path relative to a terminal's inbox. Names are refused, never repaired. Checked by the pusher (so that a
 * mistake is told at once), by the main server and by every terminal (who trust neither).
 */

import { escapeText } from '../system/escape-text.ts'
import { refuseName } from './safe-name.ts'

const MAX_PATH_BYTES = 1024
const MAX_DEPTH = 32

/** A person names it on a command line: there the joiners that refuseName() allows only hide. */
const HIDDEN = /[\u200c\u200d]/u

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
  if (path.startsWith('/')) return refusal('is absolute')
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
  const why = refuseName(part)
  if (why !== undefined) return why
  if (HIDDEN.test(part)) return 'has an invisible character'
  if (part.startsWith(' ')) return 'has a name that begins with a space'
  if (part.toLowerCase() === '.treecast') return "has treecast's own name '.treecast'"
  return undefined
}
