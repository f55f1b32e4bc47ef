/**
 * Moments as people write them on a command line: RFC 3339 with its zone, or `+2h` from when the main server takes the push.
 *
 * Guarantee: what is not understood is refused with the nearest valid form, never guessed; a time without a zone least of all.
 */

import type { PushRequest } from '../client/operator-client.ts'
import { messageOf, TreecastError } from '../system/errors.ts'
import { parseDuration } from './quantities.ts'

type Moment = NonNullable<PushRequest['activate']>

const RFC_3339 = /^(\d{4}-\d{2}-(\d{2}))[Tt ]((?:[01]\d|2[0-3]):\d{2}:\d{2}(?:\.\d+)?)([Zz]|[+-]\d{2}:\d{2})$/
const NEARLY = /^(\d{4}-\d{2}-\d{2})(?:[Tt ](\d{2}:\d{2})(:\d{2}(?:\.\d+)?)?)?(?:[Zz]|[+-]\d{2}:?\d{2})?$/

/** @param option its name, for messages. @throws E_TIME */
export function parseMoment(option: string, text: string): Moment {
  if (text.startsWith('+')) return { ms: parseAhead(option, text), relative: true }
  const [, date = '', day = '', time = '', zone = ''] = RFC_3339.exec(text) ?? []
  const ms = Date.parse(`${date}T${time}${zone.toUpperCase()}`)
  // The 30th of February must not become the 2nd of March.
  const midnight = Date.parse(`${date}T00:00:00Z`)
  const exists = !Number.isNaN(midnight) && new Date(midnight).getUTCDate() === Number(day)
  if (!Number.isNaN(ms) && exists) return { ms, relative: false }
  throw badTime(option, text, hintFor(text))
}

function parseAhead(option: string, text: string): number {
  try {
    return parseDuration(text.slice(1))
  } catch (cause) {
    const why = messageOf(cause).replace('Did you mean ', 'Did you mean +')
    throw new TreecastError('E_TIME', `${option} is '${text}': ${why}`, { cause })
  }
}

function hintFor(text: string): string | undefined {
  if (isDuration(text)) return `+${text}`
  const [, date, minutes = '00:00', seconds = ':00'] = NEARLY.exec(text) ?? []
  return date === undefined ? undefined : `${date}T${minutes}${seconds}Z`
}

function isDuration(text: string): boolean {
  try {
    return parseDuration(text) > 0
  } catch {
    return false
  }
}

function badTime(option: string, text: string, hint: string | undefined): TreecastError {
  const advice =
    hint === undefined || hint === text
      ? 'Write it as 2026-12-24T18:00:00Z, 2026-12-24T18:00:00+01:00 or +2h'
      : hint.startsWith('+')
        ? `Did you mean ${hint}?`
        : `Did you mean ${hint}, or another zone, as in ${hint.replace('Z', '+01:00')}?`
  return new TreecastError('E_TIME', `${option} is '${text}', which is not a time. ${advice}`, { facts: { text } })
}
