/**
 * What an operator sees of a transfer: one document for `push --json`, `status --json` and the live tree. Described in
 * treecast-json(5); members are only ever added.
 */

import * as v from 'valibot'
import * as field from './field-schemas.ts'

export const DELIVERY_STATES = [
  'planned',
  'routed',
  'receiving',
  'received',
  'active',
  'withdrawn',
  'failed',
  'pending',
  'cancelled',
] as const
export type DeliveryStateName = (typeof DELIVERY_STATES)[number]

export const TRANSFER_STATES = ['receiving', 'distributing', 'complete', 'partial', 'failed', 'cancelled'] as const
export type TransferStateName = (typeof TRANSFER_STATES)[number]

/** What came from one upstream so far, and how fast it comes now. */
const sourceSchema = v.strictObject({
  handle: field.handleField,
  bytes: field.countField,
  bytesPerSecond: field.rateField,
})

const terminalSnapshotSchema = v.strictObject({
  handle: field.handleField,
  name: field.nameField,
  /** Place in the ranking when the transfer was planned, from 1. */
  rank: field.countField,
  leaf: v.boolean(),
  state: v.picklist(DELIVERY_STATES),
  /** Handle of the upstream in each stripe, as it is now; null before a route ack. 0 is the first server. */
  upstreams: v.array(v.nullable(field.handleField)),
  depth: v.nullable(field.countField),
  /** Every upstream it had, first server included, as far as the terminal told. */
  sources: v.pipe(v.array(sourceSchema), v.maxLength(field.MAX_TOLD_EDGES)),
  bytes: field.countField,
  packets: field.countField,
  bytesPerSecond: field.rateField,
  responseMs: v.nullable(field.millisecondsField),
  /** When it should have all of it, in seconds; only where the plan was made by this process. */
  predictedSeconds: v.optional(field.rateField),
  seconds: v.nullable(field.rateField),
  /** How long the terminal's disk took to make the content durable; null before it told. */
  diskSeconds: v.nullable(field.rateField),
  attempts: field.countField,
  /** Packets that failed a check and were asked for again. */
  refused: field.countField,
  error: field.errorField,
})
export type TerminalSnapshot = v.InferOutput<typeof terminalSnapshotSchema>

export const transferSnapshotSchema = v.strictObject({
  transfer: v.nullable(field.transferField),
  name: field.nameField,
  destination: field.pathField,
  state: v.picklist(TRANSFER_STATES),
  /** Name of the first server; null for the main server. */
  from: v.nullable(field.nameField),
  bytes: v.nullable(field.countField),
  /** Files, folders and links; null for one file. */
  entries: v.nullable(field.countField),
  /** Bytes of the content that the main server holds so far. */
  storedBytes: field.countField,
  packetBytes: field.countField,
  compression: field.compressionField,
  cipher: field.cipherField,
  tree: v.picklist(['classic', 'striped']),
  fanOut: field.countField,
  stripes: field.countField,
  createdAt: v.string(),
  /** RFC 3339: when it goes live, and is taken out again; null for at once, and never. */
  activateAt: v.nullable(v.string()),
  deactivateAt: v.nullable(v.string()),
  seconds: field.rateField,
  /** What the plan was expected to take, from the first transport request on. */
  predictedSeconds: field.rateField,
  contentDigest: v.nullable(v.string()),
  /** The best rate at which any one node took in or gave out so far; null before there is one. */
  linkBytesPerSecond: v.nullable(field.rateField),
  delivered: field.countField,
  failed: field.countField,
  pending: field.countField,
  error: field.errorField,
  terminals: v.array(terminalSnapshotSchema),
})
export type TransferSnapshot = v.InferOutput<typeof transferSnapshotSchema>

/** What handle 0 is called: the first server, or the main server when that is it, or when the first server is a target itself. */
export function nameOfFirst({ from, terminals }: Pick<TransferSnapshot, 'from' | 'terminals'>): string {
  return from === null || terminals.some(({ name }) => name === from) ? 'main' : from
}

/** A transfer in a list: the snapshot without its terminals. */
export const transferSummarySchema = v.omit(transferSnapshotSchema, ['terminals'])
export type TransferSummary = v.InferOutput<typeof transferSummarySchema>

/** A content of the library. */
const heldContentSchema = v.strictObject({
  digest: v.pipe(v.string(), v.length(64)),
  bytes: field.countField,
  /** The newest transfer that refers to it, and how many do. */
  transfer: field.transferField,
  transfers: field.countField,
  destination: field.pathField,
  /** Since when that transfer refers to it. */
  since: v.string(),
  /** A delivery of it is under way; or owed; or everybody has it, and it is kept for the next push to its destination. */
  why: v.picklist(['delivering', 'owed', 'kept']),
  /** How long it is kept; null for one that somebody is still to get. */
  until: v.nullable(v.string()),
})
export type HeldContentView = v.InferOutput<typeof heldContentSchema>

/** What the library holds; `quotaBytes` is null when only the disk bounds it. */
export const libraryHoldingsSchema = v.strictObject({
  contents: field.countField,
  bytes: field.countField,
  quotaBytes: v.nullable(field.countField),
  /** Room on its disk. */
  freeBytes: field.countField,
  /** Newest first. */
  held: v.array(heldContentSchema),
})
export type LibraryHoldings = v.InferOutput<typeof libraryHoldingsSchema>

/** A delivery that is to be repeated: when its terminal comes back, and with the next transfer. */
export const owedDeliverySchema = v.strictObject({
  transfer: field.transferField,
  destination: field.pathField,
  terminal: field.nameField,
  state: v.picklist(['pending', 'failed']),
  error: field.errorField,
})
export type OwedDelivery = v.InferOutput<typeof owedDeliverySchema>

export const rankedTerminalSchema = v.strictObject({
  rank: field.countField,
  name: field.nameField,
  node: field.keyIdField,
  address: v.nullable(field.addressField),
  online: v.boolean(),
  leaf: v.boolean(),
  /** Put before all others by an operator. */
  pinned: v.boolean(),
  /** Kept from relaying by an operator. */
  excluded: v.boolean(),
  labels: v.array(field.labelField),
  groups: v.array(field.groupField),
  lastSeenAt: v.nullable(v.string()),
  /** What its place among the others comes from; null before it first answered. */
  score: v.nullable(
    v.strictObject({
      seconds: field.rateField,
      responseSeconds: field.rateField,
      trainSeconds: field.rateField,
      retrySeconds: field.rateField,
    }),
  ),
  /** Smoothed; null before the first measurement. */
  responseMs: v.nullable(field.millisecondsField),
  bytesPerSecond: v.nullable(field.rateField),
  successRate: v.nullable(v.pipe(v.number(), v.minValue(0), v.maxValue(1))),
  samples: field.countField,
  /** The last samples of what the answer is ordered by, oldest first; of response times when that is the score. */
  history: v.array(field.rateField),
  freeBytes: v.nullable(field.countField),
})
export type RankedTerminal = v.InferOutput<typeof rankedTerminalSchema>
