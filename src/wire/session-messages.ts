/** Messages that open, authorise and keep a link: HELLO, ENROL, ENROLLED, TICKET, HEARTBEAT, CLOCK, REFUSED. */

import * as v from 'valibot'
import * as field from './field-schemas.ts'
import { MAX_LABELS } from './labels.ts'
import { PURPOSES, type Purpose } from './message-types.ts'

/** The version of everything in this folder. */
export const PROTOCOL_VERSION = 1

export const ROLES = ['main', 'terminal', 'operator', 'newcomer'] as const
export type Role = (typeof ROLES)[number]

/** What the acceptor of a link may be. */
export const ACCEPTOR_ROLES: Readonly<Record<Purpose, readonly Role[]>> = {
  control: ['main'],
  requests: ['main', 'terminal'],
  data: ['main', 'terminal'],
  feed: ['main', 'terminal'],
  direct: ['terminal'],
  probe: ['terminal'],
  operator: ['main'],
  enrol: ['main'],
}

/** What a HELLO of any version has: looked at before anything that a later version may have changed. */
export const anyHelloSchema = v.looseObject({ version: field.countField, software: v.optional(v.unknown()) })

export const sessionSchemas = {
  hello: v.strictObject({
    version: field.countField,
    role: v.picklist(ROLES),
    purpose: v.picklist(PURPOSES),
    /** Name and version of the program, for people. */
    software: v.pipe(v.string(), v.maxLength(64)),
    /** The dialler's own server socket, when it has one. An unspecified host stands for the address it dials from. */
    listening: v.optional(field.addressField),
    leaf: v.optional(v.boolean()),
    /** What a terminal says of itself, as `KEY=VALUE`. */
    labels: v.optional(v.pipe(v.array(field.labelField), v.maxLength(MAX_LABELS))),
    /** Capabilities, for later versions. */
    features: v.pipe(v.array(v.pipe(v.string(), v.maxLength(32))), v.maxLength(32)),
  }),
  enrol: v.strictObject({
    role: v.picklist(['terminal', 'operator']),
    secret: field.digestField,
    name: field.nameField,
    ed25519: v.pipe(field.bytesField, v.length(32)),
    x25519: v.pipe(field.bytesField, v.length(32)),
    /** Over the certificate's fingerprint: the new node holds the Ed25519 key it names. */
    proof: v.pipe(field.bytesField, v.length(64)),
  }),
  enrolled: v.strictObject({
    node: field.keyIdField,
    name: field.nameField,
    mainNode: field.keyIdField,
    ed25519: v.pipe(field.bytesField, v.length(32)),
    x25519: v.pipe(field.bytesField, v.length(32)),
  }),
  ticket: v.strictObject({ ticket: field.signedField }),
  heartbeat: v.strictObject({
    sequence: field.countField,
    /** What the terminal says of itself when it answers. */
    transfers: v.optional(field.countField),
    freeBytes: v.optional(field.countField),
  }),
  clock: v.strictObject({
    sequence: field.countField,
    /** The main server's clock when it answered. */
    nowMs: v.optional(field.timeField),
  }),
  refused: v.strictObject({ code: field.codeField, message: field.textField }),
}
