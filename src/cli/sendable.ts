/**
 * What people name on a command line, held to the bounds of the message that carries it, before anybody is dialled: a main server cuts the
 * link of who sends more.
 */

import type { PushRequest } from '../client/operator-client.ts'
import { refuseTops } from '../content/tops.ts'
import { TreecastError } from '../system/errors.ts'
import { FIELD_BOUNDS } from '../wire/field-schemas.ts'
import { usageError } from './usage-error.ts'

/** @param option what the text was given as, for messages. @throws E_USAGE */
export function assertSendable(option: string, text: string, kind: 'name' | 'path' | 'selector'): void {
  const most = FIELD_BOUNDS[`${kind}Characters`]
  if (text === '') throw usageError(`${option} is empty: is a variable not set?`)
  if (text.length > most) throw usageError(`${option} has ${text.length} characters, but may have ${most} at most`)
}

/** @throws E_USAGE, E_DESTINATION, E_PATH_TOO_MANY */
export function assertSendablePush(request: PushRequest): void {
  const { name, to, from, entryList } = request
  assertSendable('--to', to, 'selector')
  if (from !== null) {
    assertSendable('--from', from.terminal, 'name')
    assertSendable('PATH', from.path, 'path')
  }
  assertSendable('the last name of PATH', name, 'name')
  const tops = entryList?.tops ?? []
  if (tops.length > FIELD_BOUNDS.tops)
    throw tooMany(`${tops.length} PATHs are more than the ${FIELD_BOUNDS.tops} that one push takes`)
  const refused = refuseTops(request)
  if (refused !== undefined) throw new TreecastError(refused.code, refused.message)
  const characters = tops.reduce((sum, { destination }) => sum + destination.length, 0)
  if (characters > FIELD_BOUNDS.topCharacters)
    throw tooMany(`the destinations of ${tops.length} PATHs are too long together`)
}

function tooMany(why: string): TreecastError {
  return new TreecastError('E_PATH_TOO_MANY', `${why}: push the folder that they are in, or fewer at a time`)
}
