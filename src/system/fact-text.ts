/** Facts as a log line shows them: `name=value` pairs for people, members of an object for machines. */

import { codeOf, messageOf } from './errors.ts'
import { escapeText } from './escape-text.ts'
import type { LogFacts } from './log.ts'

/** A peer must not be able to fill the log's disk with one value. */
const MOST_CHARACTERS = 500

/** Every pair, in order; facts that are undefined are left out. Values with spaces, quotes or nothing in them stand in quotes. */
export function factText(facts: LogFacts): string {
  return Object.entries(facts)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${escapeText(name)}=${quoted(escapeText(clipped(valueText(value))))}`)
    .join(' ')
}

/** Facts as JSON may hold them; those that are undefined are left out. */
export function factValues(facts: LogFacts): Record<string, string | number | boolean | null> {
  const known = Object.entries(facts).filter(([, value]) => value !== undefined)
  return Object.fromEntries(known.map(([name, value]) => [name, jsonValue(value)]))
}

function jsonValue(value: unknown): string | number | boolean | null {
  if (value === null || typeof value === 'boolean' || Number.isFinite(value)) return value as number | boolean | null
  return clipped(valueText(value))
}

function valueText(value: unknown): string {
  if (typeof value === 'string') return value
  if (value instanceof Error) return `${codeOf(value)}: ${messageOf(value)}`
  if (value instanceof Uint8Array) return `${value.length} bytes`
  if (typeof value !== 'object' || value === null) return String(value)
  try {
    return JSON.stringify(value, (_, inner) => (typeof inner === 'bigint' ? String(inner) : inner))
  } catch {
    return String(value)
  }
}

function clipped(text: string): string {
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text
}

function quoted(text: string): string {
  return /^[^\s"=]+$/u.test(text) ? text : `"${text.replaceAll('"', '\\"')}"`
}
