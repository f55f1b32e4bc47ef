/** Messages between an operator's commands and the main server: PUSH and its upload, WATCH, QUERY, STEER, CANCEL_TRANSFER. */

import * as v from 'valibot'
import * as field from './field-schemas.ts'
import { MAX_GROUPS, MAX_LABELS } from './labels.ts'
import { LIMITS } from './limits.ts'
import {
  libraryHoldingsSchema,
  owedDeliverySchema,
  rankedTerminalSchema,
  transferSnapshotSchema,
  transferSummarySchema,
} from './snapshot.ts'

/** `auto`: what the main server expects to be faster. */
const TREE_WISHES = ['auto', 'classic', 'striped'] as const
export const RANK_ORDERS = ['score', 'response', 'throughput', 'reliability'] as const
export type RankOrder = (typeof RANK_ORDERS)[number]

const statusAnswer = v.strictObject({
  kind: v.literal('status'),
  terminalsOnline: field.countField,
  terminals: field.countField,
  transfers: v.array(transferSummarySchema),
  owed: v.array(owedDeliverySchema),
  library: libraryHoldingsSchema,
})
const auditAnswer = v.strictObject({
  kind: v.literal('audit'),
  /** Newest first. */
  lines: v.array(
    v.strictObject({
      id: field.countField,
      at: v.string(),
      /** The name of who did it. */
      actor: v.pipe(v.string(), v.maxLength(255)),
      action: v.pipe(v.string(), v.maxLength(64)),
      /** One JSON object. */
      facts: v.string(),
    }),
  ),
})
const explainAnswer = v.strictObject({
  kind: v.literal('explain'),
  terminal: rankedTerminalSchema,
  /** How many terminals the rank is among. */
  terminals: field.countField,
  /** The terminal with the least score, and the middle of what was measured of all others; null where nothing was. */
  fastest: v.nullable(v.strictObject({ name: field.nameField, seconds: field.rateField })),
  usualResponseMs: v.nullable(field.millisecondsField),
  usualBytesPerSecond: v.nullable(field.rateField),
  /** The edges that content came to it by, the last one first. */
  edges: v.array(
    v.strictObject({
      upstream: field.nameField,
      bytesPerSecond: field.rateField,
      samples: field.countField,
      updatedAt: v.string(),
    }),
  ),
  /** The transfer that was asked for, or its last one; null when there was none. */
  transfer: v.nullable(transferSnapshotSchema),
})
const transferAnswer = v.strictObject({ kind: v.literal('transfer'), transfer: transferSnapshotSchema })
const probeAnswer = v.strictObject({
  kind: v.literal('probe'),
  probes: v.array(
    v.strictObject({
      name: field.nameField,
      /** What this probe measured, and what it could not, and why. */
      responseMs: v.nullable(field.millisecondsField),
      bytesPerSecond: v.nullable(field.rateField),
      error: field.errorField,
    }),
  ),
})
const rankAnswer = v.strictObject({
  kind: v.literal('rank'),
  by: v.picklist(RANK_ORDERS),
  /** The train of packets that scores speak of. */
  trainBytes: field.countField,
  terminals: v.array(rankedTerminalSchema),
})

export const operatorSchemas = {
  push: v.strictObject({
    name: field.nameField,
    destination: field.pathField,
    entryList: v.nullable(field.entryListField),
    bytes: v.nullable(field.countField),
    mode: field.modeField,
    modifiedMs: field.timeField,
    to: field.selectorField,
    tree: v.picklist(TREE_WISHES),
    fanOut: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(64))),
    packetBytes: v.optional(field.packetBytesField),
    compression: field.compressionField,
    cipher: field.cipherField,
    relayAfterBytes: field.countField,
    limitBytesPerSecond: v.optional(field.limitField),
    force: v.boolean(),
    /** The terminal that is the first server, and what of it; null for the main server, to which the content is uploaded. */
    from: v.nullable(v.strictObject({ terminal: field.nameField, path: field.pathField })),
    /** The pusher is the first server itself: nothing is uploaded. */
    direct: v.boolean(),
    /** When it goes live; null for at once. */
    activate: v.nullable(field.momentField),
    /** When it is taken out again; null for never. */
    deactivate: v.nullable(field.momentField),
    dryRun: v.boolean(),
  }),
  /** The transfer is recorded (not for a dry run) and this is its plan. */
  planned: v.strictObject({ snapshot: transferSnapshotSchema }),
  /**
   * The library has something for this destination: the main server takes offers of packets that it may have, cut by content with these
   * bytes as most of them come near to, and known by proofs with this key, which it drew for this push.
   */
  offersTaken: v.strictObject({ packetBytes: field.packetBytesField, key: field.digestField }),
  /** The next packets of the content: their lengths, and 32 bytes of proof of each that the pusher has them, one behind the other. */
  uploadOffer: v.strictObject({
    lengths: v.pipe(
      v.array(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1 << 20))),
      v.minLength(1),
      v.maxLength(LIMITS.offeredPackets),
    ),
    proofs: field.bytesField,
  }),
  /** Of the oldest offer that was not answered: the packets to be uploaded, by their places in it, and whether more offers are taken. */
  uploadLacks: v.strictObject({
    lacks: v.pipe(
      v.array(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(LIMITS.offeredPackets - 1))),
      v.maxLength(LIMITS.offeredPackets),
    ),
    goOn: v.boolean(),
  }),
  /** How many more bytes of UPLOAD the main server takes. */
  uploadCredit: v.strictObject({ bytes: field.countField }),
  /** All bytes were sent; how many there were. */
  uploadEnd: v.strictObject({ bytes: field.countField }),
  /** The library has the whole content, durably: the pusher is no longer needed. */
  stored: v.strictObject({ transfer: field.transferField, bytes: field.countField }),
  watch: v.strictObject({
    transfer: field.transferField,
    /** The sender is the first server of its own transfer, and goes on serving it: the link that it pushed on was lost. */
    serves: v.boolean(),
  }),
  /** The transfer as it is now; `final` when every delivery has reached a state that the push waits for. */
  snapshot: v.strictObject({ snapshot: transferSnapshotSchema, final: v.boolean() }),
  /** The watcher has the last SNAPSHOT of this transfer, and takes another. */
  snapshotTaken: v.strictObject({ transfer: field.transferField }),
  query: v.strictObject({
    query: v.variant('kind', [
      v.strictObject({
        kind: v.literal('rank'),
        by: v.picklist(RANK_ORDERS),
        to: field.selectorField,
      }),
      v.strictObject({
        kind: v.literal('probe'),
        /** By name. */
        terminals: v.pipe(v.array(field.nameField), v.minLength(1), v.maxLength(LIMITS.probesAtOnce)),
      }),
      v.strictObject({ kind: v.literal('status') }),
      v.strictObject({ kind: v.literal('transfer'), transfer: field.transferField }),
      v.strictObject({
        kind: v.literal('audit'),
        lines: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1000)),
      }),
      v.strictObject({
        kind: v.literal('explain'),
        terminal: field.nameField,
        transfer: v.nullable(field.transferField),
      }),
    ]),
  }),
  answer: v.strictObject({
    answer: v.variant('kind', [statusAnswer, transferAnswer, rankAnswer, probeAnswer, auditAnswer, explainAnswer]),
  }),
  /** Changes what planning knows of the selected terminals; answered with them as they are then, as to a rank query. */
  steer: v.strictObject({
    to: field.selectorField,
    pinned: v.optional(v.boolean()),
    excluded: v.optional(v.boolean()),
    labels: v.pipe(v.array(field.labelField), v.maxLength(MAX_LABELS)),
    groups: v.pipe(v.array(field.groupField), v.maxLength(MAX_GROUPS)),
    /** Groups to leave. */
    ungroups: v.pipe(v.array(field.groupField), v.maxLength(MAX_GROUPS)),
    /** Cuts them off now and for good. */
    revoke: v.boolean(),
  }),
  cancelTransfer: v.strictObject({ transfer: field.transferField, code: field.codeField, message: field.textField }),
}
export type Answer = v.InferOutput<(typeof operatorSchemas)['answer']>['answer']
export type ProbeReport = AnswerTo<'probe'>['probes'][number]
export type Query = v.InferOutput<(typeof operatorSchemas)['query']>['query']
export type AnswerTo<K extends Query['kind']> = Extract<Answer, { kind: K }>
