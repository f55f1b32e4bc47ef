/**
 * What the main server or a terminal signs: manifest, ticket, receipt. Encoded once, signed as bytes, decoded only after the
 * signature was checked (identity/signed.ts).
 */

import * as v from 'valibot'
import * as field from './field-schemas.ts'
import { decodeMap, encodeMap } from './map-codec.ts'

/** What a transfer carries and how: the same for every terminal in it. Signed by the main server. */
export const manifestSchema = v.strictObject({
  transfer: field.transferField,
  /** The last name of what was pushed, for people. */
  name: field.nameField,
  /** Where it lands: a checked path relative to the inbox, parts joined by `/`; of several tops, the folder that they land in. */
  destination: field.pathField,
  /** What the content begins with; null for the bytes of one file. */
  entryList: v.nullable(field.entryListField),
  /** With those of the entry list; null when the content has no size before its end (a pipe). */
  bytes: v.nullable(field.countField),
  cut: field.cutField,
  /** Of a fixed cut, every packet's length but the last one's; of a cut by content, what most come near to. */
  packetBytes: field.packetBytesField,
  cipher: field.cipherField,
  keyCommitment: field.digestField,
  /** The operator that is the first server itself, over `direct` links; null when that is the main server or a terminal. */
  pusher: v.nullable(field.keyIdField),
  stripes: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(64)),
  fanOut: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(64)),
  /** How many terminals it goes to: with many, each reports less often. */
  targets: field.countField,
  /** How much a terminal holds before it sends the request on. */
  relayAfterBytes: field.countField,
  /** What each sender keeps to, over all of its downstreams; no limit when missing. */
  limitBytesPerSecond: v.optional(field.limitField),
  mode: field.modeField,
  modifiedMs: field.timeField,
  force: v.boolean(),
  /** When it goes live, by the main server's clock; null for at once. */
  activateAtMs: v.nullable(field.timeField),
  /** When it is taken out again; null for never. */
  deactivateAtMs: v.nullable(field.timeField),
})
/** What a manifest says of its entry list. */
export type EntryListDescription = v.InferOutput<typeof field.entryListField>
export type Manifest = v.InferOutput<typeof manifestSchema>

/**
 * One terminal's place in one transfer: proves to any other terminal that this one may serve and be served. Signed by the main
 * server, bound to the terminal's certificate.
 */
export const ticketSchema = v.strictObject({
  transfer: field.transferField,
  handle: v.pipe(field.handleField, v.minValue(1)),
  node: field.keyIdField,
  name: field.nameField,
  fingerprint: field.keyIdField,
  /** Null for a terminal that cannot be dialled: it opens a feed link to whoever serves it. */
  address: v.nullable(field.addressField),
  leaf: v.boolean(),
  /** Relative performance: 1 for the best of the transfer, towards 0 for slower ones. */
  performance: v.pipe(v.number(), v.minValue(0), v.maxValue(1)),
  /** The content key, wrapped for this terminal alone. */
  wrappedKey: v.pipe(field.bytesField, v.length(72)),
})
export type Ticket = v.InferOutput<typeof ticketSchema>

/** "I have it all, durably." Signed by the terminal. */
export const receiptSchema = v.strictObject({
  transfer: field.transferField,
  node: field.keyIdField,
  contentDigest: field.digestField,
  bytes: field.countField,
  /** Milliseconds from the transport request to the last packet being held. */
  elapsedMs: field.millisecondsField,
  /** Milliseconds in which the terminal synced the content, until it was durable. */
  diskMs: field.millisecondsField,
})
export type Receipt = v.InferOutput<typeof receiptSchema>

export const encodeManifest = (manifest: Manifest): Uint8Array => encodeMap(manifest)
export const encodeTicket = (ticket: Ticket): Uint8Array => encodeMap(ticket)
export const encodeReceipt = (receipt: Receipt): Uint8Array => encodeMap(receipt)

export const encodeEntryListDescription = (list: EntryListDescription): Uint8Array => encodeMap(list)

/** @throws E_MESSAGE when the bytes do not describe an entry list */
export const decodeEntryListDescription = (bytes: Uint8Array): EntryListDescription =>
  decodeMap('entry list', field.entryListField, bytes)
/** @throws E_MESSAGE when the bytes are not a manifest */
export const decodeManifest = (bytes: Uint8Array): Manifest => decodeMap('manifest', manifestSchema, bytes)
/** @throws E_MESSAGE when the bytes are not a ticket */
export const decodeTicket = (bytes: Uint8Array): Ticket => decodeMap('ticket', ticketSchema, bytes)
/** @throws E_MESSAGE when the bytes are not a receipt */
export const decodeReceipt = (bytes: Uint8Array): Receipt => decodeMap('receipt', receiptSchema, bytes)
