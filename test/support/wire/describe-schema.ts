/**
 * What a message's schema says of each member, in the words that the tables of treecast-protocol(7) use, and values that break it.
 *
 * Names: `a.b` is a member of a map, `a[]` an item of an array, `a.b (kind)` a member that only that kind of map has.
 */

import type * as v from 'valibot'
import * as field from '../../../src/wire/field-schemas.ts'
import { rankedTerminalSchema, transferSnapshotSchema, transferSummarySchema } from '../../../src/wire/snapshot.ts'

export interface FieldFacts {
  readonly name: string
  /** With `, optional` when the member may be missing, and `or null` when it may be that. */
  readonly type: string
  /** Empty when the type says it all. */
  readonly bound: string
}

/** As much of valibot's schemas as the wire uses. */
interface Schema {
  readonly type: string
  readonly pipe?: readonly Step[]
  readonly entries?: Readonly<Record<string, Schema>>
  readonly item?: Schema
  readonly wrapped?: Schema
  readonly options?: readonly unknown[]
  readonly literal?: string
}

/** A check of a pipe; its first step is a schema, which may be a pipe itself. */
interface Step {
  readonly type: string
  readonly requirement?: unknown
  readonly pipe?: readonly Step[]
}

/** Structures that have a table of their own. */
const NAMED = new Map<unknown, string>([
  [field.signedField, 'signed'],
  [(field.errorField as unknown as Schema).wrapped, 'error'],
  [field.rangesField, 'ranges'],
  [field.entryListField, 'list'],
  [transferSnapshotSchema, 'snapshot'],
  [transferSummarySchema, 'summary'],
  [transferSnapshotSchema.entries.terminals.item, 'terminal'],
  [rankedTerminalSchema, 'ranked'],
])

/** All members of a map's schema, in its order. */
export function describeSchema(schema: v.GenericSchema): FieldFacts[] {
  return membersOf(schema as unknown as Schema, '', '')
}

/** Values just outside what the schema at `path` of a map allows, each of the right type. */
export function valuesOverBound(schema: v.GenericSchema, path: readonly string[]): unknown[] {
  const found = path.reduce<Schema | undefined>(
    (at, part) => at && step(unwrapped(at), part),
    schema as unknown as Schema,
  )
  return found === undefined ? [] : overBound(unwrapped(found))
}

function membersOf(schema: Schema, prefix: string, kind: string): FieldFacts[] {
  return Object.entries(schema.entries ?? {}).flatMap(([name, member]) => fieldsOf(`${prefix}${name}`, member, kind))
}

function fieldsOf(name: string, schema: Schema, kind: string): FieldFacts[] {
  const inner = unwrapped(schema)
  const row = { name: `${name}${kind}`, type: `${typeOf(inner)}${suffixOf(schema)}`, bound: boundOf(inner) }
  if (NAMED.has(inner)) return [row]
  if (inner.item !== undefined) {
    const item = inner.item
    const plain = item.entries === undefined || NAMED.has(item)
    return [row, ...(plain ? fieldsOf(`${name}[]`, item, kind) : membersOf(item, `${name}[].`, kind))]
  }
  if (inner.type === 'variant') return [row, ...variantFields(name, inner.options as readonly Schema[])]
  return [row, ...membersOf(inner, `${name}.`, kind)]
}

function variantFields(name: string, options: readonly Schema[]): FieldFacts[] {
  const kinds = options.map((option) => option.entries?.kind?.literal ?? '')
  const kindRow = { name: `${name}.kind`, type: 'text', bound: `one of ${kinds.join(', ')}` }
  const others = options.flatMap((option, k) => membersOf(option, `${name}.`, ` (${kinds[k]})`))
  return [kindRow, ...others.filter((other) => !other.name.startsWith(`${name}.kind `))]
}

function typeOf(schema: Schema): string {
  const named = NAMED.get(schema)
  if (named !== undefined) return named
  switch (schema.type) {
    case 'number':
      return requirement(schema, 'integer', 'safe_integer') === undefined ? 'number' : 'integer'
    case 'string':
    case 'picklist':
    case 'literal':
      return 'text'
    case 'custom':
      return 'bytes'
    case 'strict_object':
    case 'variant':
      return 'map'
    default:
      return schema.type
  }
}

function suffixOf(schema: Schema): string {
  if (schema.type === 'optional') return ', optional'
  return schema.type === 'nullable' ? ' or null' : ''
}

function boundOf(schema: Schema): string {
  if (NAMED.has(schema)) return ''
  const { least, most } = boundsOf(schema)
  switch (schema.type) {
    case 'picklist':
      return `one of ${schema.options?.join(', ')}`
    case 'number':
      return most === undefined ? `${least} or more` : `${numberText(least)} to ${numberText(most)}`
    case 'array':
      return most === undefined ? '' : `at most ${most} items`
    case 'custom':
      return most === undefined ? '' : `exactly ${most}`
    case 'string':
      if (requirement(schema, 'regex') !== undefined) return '43 characters of base64url'
      if (most === undefined) return ''
      return least === undefined ? `at most ${most} characters` : `${least} to ${most} characters`
    default:
      return ''
  }
}

function boundsOf(schema: Schema): { least: number | undefined; most: number | undefined } {
  const safe = requirement(schema, 'safe_integer') === undefined ? undefined : Number.MAX_SAFE_INTEGER
  return {
    least: requirement(schema, 'min_value', 'min_length', 'length') as number | undefined,
    most: (requirement(schema, 'max_value', 'max_length', 'length') as number | undefined) ?? safe,
  }
}

function requirement(schema: Schema, ...types: string[]): unknown {
  // The last one counts: a field may be narrowed further.
  return stepsOf(schema).findLast(({ type }) => types.includes(type))?.requirement
}

function stepsOf({ pipe = [] }: { readonly pipe?: readonly Step[] }): Step[] {
  const [first, ...checks] = pipe
  return first === undefined ? [] : [...stepsOf(first), ...checks]
}

function numberText(value: number | undefined): string {
  if (value === Number.MAX_SAFE_INTEGER) return '2^53-1'
  if (value === 0xffff_ffff) return '2^32-1'
  return value !== undefined && Math.abs(value) > 1e15 ? value.toExponential().replace('+', '') : String(value)
}

function unwrapped(schema: Schema): Schema {
  return schema.wrapped === undefined ? schema : unwrapped(schema.wrapped)
}

function step(schema: Schema, part: string): Schema | undefined {
  if (schema.item !== undefined) return schema.item
  if (schema.type !== 'variant') return schema.entries?.[part]
  return (schema.options as readonly Schema[]).find((option) => option.entries?.[part] !== undefined)?.entries?.[part]
}

function overBound(schema: Schema): unknown[] {
  const { least, most } = boundsOf(schema)
  const outside: unknown[] = []
  switch (schema.type) {
    case 'number':
      outside.push(Number.POSITIVE_INFINITY, Number.NaN)
      if (least !== undefined) outside.push(least - (Math.abs(least) > 1e9 ? 1e9 : 1))
      if (most !== undefined) outside.push(most + (most > 1e9 ? 1e9 : 1))
      if (typeOf(schema) === 'integer') outside.push((least ?? 0) + 0.5)
      break
    case 'string':
      if (least !== undefined && least > 0) outside.push('x'.repeat(least - 1))
      if (most !== undefined) outside.push('x'.repeat(most + 1))
      if (requirement(schema, 'regex') !== undefined) outside.push('x'.repeat(42), 'x'.repeat(44), `${'x'.repeat(42)}=`)
      break
    case 'picklist':
    case 'literal':
      outside.push('something else')
      break
    case 'custom':
      if (most !== undefined) outside.push(new Uint8Array(most + 1), new Uint8Array(most - 1))
      break
  }
  return outside
}
