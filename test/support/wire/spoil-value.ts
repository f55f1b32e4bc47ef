/** Copies of a value that differ in one place: what a decoder must refuse. */

import type * as v from 'valibot'

/** Names of members and indexes of items, from the outside in. */
export type Path = readonly (string | number)[]

/** Every place inside `value`, containers too. */
export function pathsOf(value: unknown, path: Path = []): Path[] {
  const here = path.length === 0 ? [] : [path]
  if (!isContainer(value)) return here
  const keys = Array.isArray(value) ? [...value.keys()] : Object.keys(value)
  return [...here, ...keys.flatMap((key) => pathsOf(memberOf(value, key), [...path, key]))]
}

/** `value` with something else at `path`; undefined when nothing there can have such a member. */
export function withMember<T extends object>(value: T, path: Path, member: unknown): T | undefined {
  const copy = structuredClone(value)
  const holder = path.slice(0, -1).reduce<unknown>((at, key) => memberOf(at, key), copy)
  const last = path.at(-1)
  if (last === undefined || !isContainer(holder) || Array.isArray(holder) !== (typeof last === 'number'))
    return undefined
  Object.assign(holder, { [last]: member })
  return copy
}

/** `value` without the map's member at `path`. */
export function withoutMember<T extends object>(value: T, path: Path): T {
  const copy = structuredClone(value)
  const holder = path.slice(0, -1).reduce<unknown>((at, key) => memberOf(at, key), copy)
  delete (holder as Record<string, unknown>)[String(path.at(-1))]
  return copy
}

/** Whether a map's schema lets the member at `path` be left out. */
export function isOptionalAt(schema: v.GenericSchema, path: Path): boolean {
  const entries = (schema as { entries?: Record<string, { type: string }> }).entries
  return path.length === 1 && entries?.[String(path[0])]?.type === 'optional'
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !(value instanceof Uint8Array)
}

function memberOf(value: unknown, key: string | number): unknown {
  return isContainer(value) ? (value as Record<string | number, unknown>)[key] : undefined
}
