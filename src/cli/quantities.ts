/**
 * Sizes and durations as people write them on a command line: `64KiB`, `10MB`, `20MiB/s`, `90s`, `2h`.
 *
 * Guarantee: what is not understood is refused with the nearest valid form, never guessed.
 */

import { TreecastError } from '../system/errors.ts'

const BYTES_PER_UNIT: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1000,
  KB: 1000,
  MB: 1000 ** 2,
  GB: 1000 ** 3,
  TB: 1000 ** 4,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
  TiB: 1024 ** 4,
}

const MS_PER_UNIT: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

/** Units that people write and we do not take, and what they most likely meant. */
const MEANT_LETTERS: ReadonlyMap<string, string> = new Map([
  ['M', 'MB'],
  ['G', 'GB'],
  ['T', 'TB'],
])
const MEANT_BYTES: Readonly<Record<string, string>> = { k: 'KiB', m: 'MiB', g: 'GiB', t: 'TiB', b: 'B' }
const MEANT_TIME: Readonly<Record<string, string>> = {
  sec: 's',
  secs: 's',
  second: 's',
  seconds: 's',
  minute: 'm',
  minutes: 'm',
  mins: 'm',
  hour: 'h',
  hours: 'h',
  hr: 'h',
  hrs: 'h',
  day: 'd',
  days: 'd',
}

const WEEKS: readonly string[] = ['w', 'week', 'weeks']

/** `20Mbit/s` and `20Mbps` count bits: an eighth as many bytes. */
const BITS = /^([kKMGT])(?:bits?|bps)$/

const QUANTITY = /^(\d+(?:\.\d+)?)\s*([A-Za-z]*)(\/s)?$/

/**
 * Bytes of `64KiB`, `10MB` or `512` (bytes).
 * @throws E_SIZE
 */
export function parseSize(text: string): number {
  const match = QUANTITY.exec(text.trim())
  if (match === null || match[3] !== undefined) throw badSize(text, 'a size', match)
  return bytesOf(text, 'a size', match)
}

/**
 * Bytes per second of `20MiB/s`; the `/s` may be left out.
 * @throws E_SIZE
 */
export function parseRate(text: string): number {
  const match = QUANTITY.exec(text.trim())
  if (match === null) throw badSize(text, 'a rate', match)
  return bytesOf(text, 'a rate', match)
}

/**
 * Milliseconds of `90s`, `2h`, `1.5d` or `250ms`. A bare number has no unit and is refused, except 0.
 * @throws E_DURATION
 */
export function parseDuration(text: string): number {
  const match = QUANTITY.exec(text.trim())
  const [, digits = '', unit = '', perSecond] = match ?? []
  if (match === null || perSecond !== undefined) throw badDuration(text, '')
  if (unit === '' && Number(digits) === 0) return 0
  if (Object.hasOwn(MS_PER_UNIT, unit)) {
    const ms = Math.round(Number(digits) * (MS_PER_UNIT[unit] as number))
    if (Number.isSafeInteger(ms)) return ms
    throw badDuration(text, '')
  }
  throw badDuration(text, meantDuration(digits, unit.toLowerCase()))
}

/** Empty for a unit that is none of time. */
function meantDuration(digits: string, unit: string): string {
  if (unit === '') return `${digits}s`
  if (WEEKS.includes(unit)) return `${Number(digits) * 7}d`
  const meant = Object.hasOwn(MS_PER_UNIT, unit) ? unit : MEANT_TIME[unit]
  return meant === undefined ? '' : `${digits}${meant}`
}

function bytesOf(text: string, what: string, match: RegExpExecArray): number {
  const [, digits = '', unit = ''] = match
  const perUnit = unit === '' ? 1 : Object.hasOwn(BYTES_PER_UNIT, unit) ? BYTES_PER_UNIT[unit] : undefined
  if (perUnit === undefined) throw badSize(text, what, match)
  const bytes = Math.round(Number(digits) * perUnit)
  if (!Number.isSafeInteger(bytes)) throw badSize(text, what, null)
  return bytes
}

function badSize(text: string, what: string, match: RegExpExecArray | null): TreecastError {
  const suffix = what === 'a rate' ? '/s' : ''
  const hint = match === null ? '' : `${meantBytes(match[1] ?? '', match[2] ?? '')}${suffix}`
  const advice =
    hint === '' || hint === text
      ? `Write it as 64KiB${suffix}, 10MB${suffix} or 512B${suffix}`
      : `Did you mean ${hint}?`
  return new TreecastError('E_SIZE', `'${text}' is not ${what}. ${advice}`, { facts: { text } })
}

function meantBytes(digits: string, unit: string): string {
  const [, prefix] = BITS.exec(unit) ?? []
  return prefix === undefined ? `${digits}${nearestByteUnit(unit)}` : `${Number(digits) / 8}${prefix}B`
}

function nearestByteUnit(unit: string): string {
  const lower = unit.toLowerCase()
  const known = Object.keys(BYTES_PER_UNIT).find((name) => name.toLowerCase() === lower)
  return known ?? MEANT_LETTERS.get(unit) ?? MEANT_BYTES[lower[0] ?? 'b'] ?? 'MiB'
}

function badDuration(text: string, hint: string): TreecastError {
  const advice = hint === '' ? 'Write it as 90s, 15m, 2h or 1d' : `Did you mean ${hint}?`
  return new TreecastError('E_DURATION', `'${text}' is not a duration. ${advice}`, { facts: { text } })
}
