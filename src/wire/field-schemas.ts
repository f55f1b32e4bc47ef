/** Schemas of the fields that several messages share, each with its bound. */

import * as v from 'valibot'
import { CUTS } from './codes.ts'
import { isGroupName, isLabel, MAX_LABEL_CHARACTERS } from './labels.ts'
import { LIMITS } from './limits.ts'
import { MAX_RANGE_NUMBERS } from './packet-ranges.ts'
import { MAX_CODE_CHARACTERS, MAX_TEXT_CHARACTERS } from './reason.ts'

/** Most edges of one terminal that are told of: upstreams it had, downstreams it has. */
export const MAX_TOLD_EDGES = 128
/** Most targets in one transfer, and so most tickets in one request. */
const MAX_TARGETS = 20_000
/** What people name on a command line, and how much of it one message takes. */
export const FIELD_BOUNDS = {
  nameCharacters: 255,
  pathCharacters: 4096,
  selectorCharacters: 65_536,
  /** Most tops of one content, and most characters of their destinations together. */
  tops: 1000,
  topCharacters: 200_000,
} as const

export const bytesField = v.custom<Uint8Array>((value) => value instanceof Uint8Array, 'not bytes')
export const digestField = v.pipe(bytesField, v.length(32))
export const packetBytesField = v.pipe(v.number(), v.integer(), v.minValue(4096), v.maxValue(1 << 20))
export const countField = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
/** The most bytes per second. */
export const limitField = v.pipe(v.number(), v.safeInteger(), v.minValue(1))
export const millisecondsField = v.pipe(v.number(), v.finite(), v.minValue(0))
export const rateField = v.pipe(v.number(), v.finite(), v.minValue(0))
/** Milliseconds since 1970, within what a Date can hold. */
export const timeField = v.pipe(v.number(), v.minValue(-8.64e15), v.maxValue(8.64e15))
/** A moment as an operator names it: milliseconds since 1970, or, relative, from when the main server hears of it. */
export const momentField = v.strictObject({ ms: timeField, relative: v.boolean() })
/** A transfer's number: 1 upwards, never used again. */
export const transferField = v.pipe(v.number(), v.safeInteger(), v.minValue(1))
/** A terminal's number within one transfer; 0 is the first server. */
export const handleField = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0xffffffff))
export const stripeField = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0xffff))
export const modeField = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0o777))
/** What of a content lands by a name of its own; parts joined by `/`, relative to the inbox. */
const topField = v.strictObject({
  destination: v.pipe(v.string(), v.minLength(1), v.maxLength(1024)),
  kind: v.picklist(['file', 'folder']),
})
export const entryListField = v.strictObject({
  bytes: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(LIMITS.entryListBytes)),
  digest: digestField,
  entries: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(LIMITS.entries)),
  tops: v.pipe(
    v.array(topField),
    v.minLength(1),
    v.maxLength(FIELD_BOUNDS.tops),
    v.check(
      (tops) => tops.reduce((sum, { destination }) => sum + destination.length, 0) <= FIELD_BOUNDS.topCharacters,
      'too long together',
    ),
  ),
})
export const nameField = v.pipe(v.string(), v.minLength(1), v.maxLength(FIELD_BOUNDS.nameCharacters))
export const pathField = v.pipe(v.string(), v.minLength(1), v.maxLength(FIELD_BOUNDS.pathCharacters))
export const codeField = v.pipe(v.string(), v.maxLength(MAX_CODE_CHARACTERS))
export const textField = v.pipe(v.string(), v.maxLength(MAX_TEXT_CHARACTERS))
/** `KEY=VALUE`; an empty value takes the label away. */
export const labelField = v.pipe(v.string(), v.maxLength(MAX_LABEL_CHARACTERS), v.check(isLabel, 'no label'))
export const groupField = v.pipe(v.string(), v.maxLength(63), v.check(isGroupName, 'no name of a group'))
export const selectorField = v.pipe(v.string(), v.minLength(1), v.maxLength(FIELD_BOUNDS.selectorCharacters))
/** Base64url of 32 bytes. */
export const keyIdField = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{43}$/))
/** `HOST:PORT`. */
export const addressField = v.pipe(v.string(), v.minLength(3), v.maxLength(262))

/** Bytes with the signature that stands for exactly these bytes. */
export const signedField = v.strictObject({ payload: bytesField, signature: v.pipe(bytesField, v.length(64)) })
export type SignedBytes = v.InferOutput<typeof signedField>
export const ticketsField = v.pipe(v.array(signedField), v.maxLength(MAX_TARGETS))
/** For each target of a list who serves it: 0 for the list's receiver, k for the k-th of the list. */
export const upstreamsField = v.pipe(
  v.array(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(MAX_TARGETS))),
  v.maxLength(MAX_TARGETS),
)

/** Packet ranges, flat: first, count, first, count … */
export const rangesField = v.pipe(
  v.array(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0xffffffff))),
  v.maxLength(MAX_RANGE_NUMBERS),
  v.check(
    (flat) => flat.length % 2 === 0 && flat.every((n, i) => i % 2 === 0 || n > 0),
    'not pairs of first and count',
  ),
)

export const compressionField = v.picklist(['auto', 'zstd', 'lz4', 'none'])
export const cipherField = v.picklist(['aes-256-gcm', 'xsalsa20-poly1305'])
export const cutField = v.picklist(CUTS)
export const errorField = v.nullable(v.strictObject({ code: codeField, message: textField }))
