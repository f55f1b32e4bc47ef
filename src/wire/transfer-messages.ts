/** Messages of a transfer between main server and terminals: routing, requests, acks, progress, receipts, failures; and of a probe. */

import * as v from 'valibot'
import * as field from './field-schemas.ts'
import { LIMITS } from './limits.ts'

/** Most certificates in one REVOKED. */
export const MAX_REVOKED = 1000

/** Most tables and packets of a content that goes whole. */
export const MAX_WHOLE_TABLES = 4
export const MAX_WHOLE_PACKETS = 64

const baseTypeField = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(3))
const packetsOfTransfer = v.strictObject({
  transfer: field.transferField,
  stripe: field.stripeField,
  base: baseTypeField,
  ranges: field.rangesField,
})

/**
 * What a terminal reports of content that it has received: durable and not yet visible; visible in the inbox; taken out again; never
 * published. And how the commands ended that its owner has run when content went live, and when it was taken out.
 */
const REPORT_STATES = ['received', 'active', 'withdrawn', 'failed', 'activateHook', 'deactivateHook'] as const
export type ReportState = (typeof REPORT_STATES)[number]

export const transferSchemas = {
  transportRequest: v.strictObject({
    manifest: field.signedField,
    stripe: field.stripeField,
    /** Who serves: null for the main server, else the serving terminal's own ticket (¶ the modified request). */
    server: v.nullable(field.signedField),
    /** The receiver's own ticket. */
    ticket: field.signedField,
    /** How many upstreams stand between the receiver and the first server, plus one. */
    depth: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1000)),
    /** Whom the receiver relays to, best first. */
    below: field.ticketsField,
    /** Who serves each of `below`; null when the receiver deals them itself (a classic tree). */
    upstreams: v.nullable(field.upstreamsField),
  }),
  /** A small content, all of it at once, in place of a transport request and the packets that would be asked for. */
  deliver: v.strictObject({
    manifest: field.signedField,
    /** The receiver's own ticket. */
    ticket: field.signedField,
    /** The signed packet tables, by segment, to the last one. */
    tables: v.pipe(v.array(field.bytesField), v.maxLength(MAX_WHOLE_TABLES)),
    /** The sealed packets, by index. */
    packets: v.pipe(v.array(field.bytesField), v.maxLength(MAX_WHOLE_PACKETS)),
  }),
  routeAck: v.strictObject({
    transfer: field.transferField,
    stripe: field.stripeField,
    upstream: field.handleField,
    depth: field.countField,
    order: field.countField,
  }),
  request: packetsOfTransfer,
  requestIfHeld: packetsOfTransfer,
  notHeld: packetsOfTransfer,
  ack: v.strictObject({
    transfer: field.transferField,
    stripe: field.stripeField,
    ranges: field.rangesField,
    /** Whether the packets would survive a power cut. */
    durable: v.boolean(),
  }),
  progress: v.strictObject({
    transfer: field.transferField,
    packets: field.countField,
    bytes: field.countField,
    /** Packets held of each stripe. */
    stripes: v.pipe(v.array(field.countField), v.maxLength(64)),
    /** Milliseconds so far in which it synced them. */
    diskMs: field.millisecondsField,
    upstreams: v.pipe(
      v.array(
        v.strictObject({
          handle: field.handleField,
          bytes: field.countField,
          /** Packets that failed a check and were asked for again. */
          refused: field.countField,
        }),
      ),
      v.maxLength(field.MAX_TOLD_EDGES),
    ),
    downstreams: v.pipe(
      v.array(
        v.strictObject({
          handle: field.handleField,
          bytes: field.countField,
          /** From sending the transport request to the route ack; null before the ack. */
          responseMs: v.nullable(field.millisecondsField),
        }),
      ),
      v.maxLength(field.MAX_TOLD_EDGES),
    ),
  }),
  receipt: v.strictObject({
    receipt: field.signedField,
    state: v.picklist(REPORT_STATES),
    /** Why received content was not published, or what there is to say of one that was. */
    error: field.errorField,
    /** Whether a command of the terminal's owner runs now, whose end will be told. */
    hook: v.boolean(),
  }),
  receiptKept: v.strictObject({
    transfer: field.transferField,
    state: v.picklist(REPORT_STATES),
  }),
  failure: v.strictObject({
    transfer: field.transferField,
    stripe: field.stripeField,
    /** Who failed: the sender itself, its upstream (0 is the first server) or one of its downstreams. */
    about: v.picklist(['self', 'upstream', 'downstream']),
    handle: field.handleField,
    code: field.codeField,
    message: field.textField,
    /** Another try would fail in the same way; of a downstream: nobody else of its hand will try it again. */
    final: v.boolean(),
  }),
  reroute: v.strictObject({
    /** With the receiver's own ticket, all that it needs to know of the transfer: it may never have got a transport request. */
    manifest: field.signedField,
    ticket: field.signedField,
    stripe: field.stripeField,
    /** The new upstream's ticket. */
    upstream: field.signedField,
    order: field.countField,
  }),
  cancel: v.strictObject({ transfer: field.transferField, code: field.codeField, message: field.textField }),
  summon: v.strictObject({
    /** The certificate of a terminal that cannot be dialled and shall open a feed link to the sender. */
    fingerprint: field.keyIdField,
  }),
  openFeed: v.strictObject({
    /** Where to; null for the main server itself, as before on this connection. */
    address: v.nullable(field.addressField),
    /** The certificate that must be shown there. */
    fingerprint: field.keyIdField,
  }),
  /** Asks whether received content may still be published. */
  confirm: v.strictObject({ transfer: field.transferField }),
  confirmed: v.strictObject({ transfer: field.transferField }),
  /** Asks whether the terminal could take a content. */
  preflight: v.strictObject({
    question: field.countField,
    destination: field.pathField,
    entryList: v.nullable(field.entryListField),
    bytes: v.nullable(field.countField),
    force: v.boolean(),
  }),
  preflightAnswer: v.strictObject({
    question: field.countField,
    /** Why not; null when it could. */
    refusal: field.errorField,
  }),
  /** What came of a probe: the bytes behind its first frame, and how long they took to come. */
  probed: v.strictObject({
    bytes: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(LIMITS.probeBytes)),
    elapsedMs: field.millisecondsField,
  }),
  /** Terminals that were cut off: links with them end, and no new ones begin. */
  revoked: v.strictObject({ fingerprints: v.pipe(v.array(field.keyIdField), v.maxLength(MAX_REVOKED)) }),
  /** Asks a terminal what lies at a path of its own. */
  describeContent: v.strictObject({
    question: field.countField,
    path: field.pathField,
    /** The last name under which it is to land. */
    name: field.nameField,
  }),
  contentDescribed: v.strictObject({
    question: field.countField,
    /** Null when it cannot be had. */
    content: v.nullable(
      v.strictObject({
        bytes: field.countField,
        mode: field.modeField,
        modifiedMs: field.timeField,
        /** Null for one file; the destination of its top is the name that was asked for. */
        entryList: v.nullable(field.entryListField),
      }),
    ),
    error: field.errorField,
  }),
  /** The receiver, which holds the content, serves these from now on. Said again when there are more. */
  provide: v.strictObject({
    manifest: field.signedField,
    ticket: field.signedField,
    compression: field.compressionField,
    /** As in DESCRIBE_CONTENT. */
    path: field.pathField,
    relays: v.pipe(
      v.array(
        v.strictObject({
          stripe: field.stripeField,
          below: field.ticketsField,
          upstreams: v.nullable(field.upstreamsField),
        }),
      ),
      v.maxLength(64),
    ),
  }),
  /** The next packet table of a content that the sender provides, signed by it. */
  tableOffer: v.strictObject({ transfer: field.transferField, table: field.bytesField }),
  tableSigned: v.strictObject({
    transfer: field.transferField,
    segment: field.handleField,
    signature: v.pipe(field.bytesField, v.length(64)),
  }),
  cannotProvide: v.strictObject({ transfer: field.transferField, code: field.codeField, message: field.textField }),
  /** The receiver need no longer provide the content. */
  dismiss: v.strictObject({ transfer: field.transferField }),
  busy: v.strictObject({ transfer: field.transferField, stripe: field.stripeField, againMs: field.millisecondsField }),
}
