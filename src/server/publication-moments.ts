/** When a push's content is to go live and away, by the main server's clock. Pure. */

import { TreecastError } from '../system/errors.ts'
import type { MessageBody } from '../wire/messages.ts'

/** Milliseconds since 1970; null for at once, and never. */
export interface PublicationMoments {
  readonly activateAtMs: number | null
  readonly deactivateAtMs: number | null
}

type Moment = MessageBody<'push'>['activate']

/**
 * The moments that a push asks for. A time that is over is refused, and does not mean at once: content that was to wait and is shown
 * because of a mistyped date cannot be taken back.
 * @throws E_TIME
 */
export function readMoments(
  { activate, deactivate }: Pick<MessageBody<'push'>, 'activate' | 'deactivate'>,
  nowMs: number,
): PublicationMoments {
  const activateAtMs = momentOf(activate, nowMs)
  const deactivateAtMs = momentOf(deactivate, nowMs)
  const clock = `the main server's clock says ${shown(nowMs)}`
  if (activateAtMs !== null && activateAtMs < nowMs)
    throw badTime(`--activate ${shown(activateAtMs)} is over: ${clock}. Leave it out to go live at once`)
  if (deactivateAtMs !== null && deactivateAtMs <= nowMs)
    throw badTime(`--deactivate ${shown(deactivateAtMs)} is over: ${clock}. Nothing would ever be shown`)
  if (activateAtMs !== null && deactivateAtMs !== null && deactivateAtMs <= activateAtMs)
    throw badTime(
      `--deactivate ${shown(deactivateAtMs)} is not after --activate ${shown(activateAtMs)}. Both count from now when they begin with +`,
    )
  return { activateAtMs, deactivateAtMs }
}

/** RFC 3339 in UTC, as operators see it. */
export function momentText(atMs: number | null): string | null {
  return atMs === null ? null : new Date(atMs).toISOString()
}

function momentOf(moment: Moment, nowMs: number): number | null {
  if (moment === null) return null
  const atMs = Math.round(moment.relative ? nowMs + moment.ms : moment.ms)
  if (Math.abs(atMs) <= LAST_MS) return atMs
  throw badTime('a time is later than the year 9999')
}

/** The last moment that RFC 3339 can name. */
const LAST_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999)

function shown(atMs: number): string {
  return new Date(atMs).toISOString().replace(/\.\d+Z$/, 'Z')
}

function badTime(message: string): TreecastError {
  return new TreecastError('E_TIME', message)
}
