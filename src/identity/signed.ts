/**
 * Bytes with a signature that holds for one purpose only.
 *
 *   signature = Ed25519(context ‖ 0x00 ‖ payload)
 *
 * The context is a domain separator: without it, bytes signed as a ticket could be shown as a receipt. A context never contains 0x00,
 * so no two pairs of context and payload give the same signed bytes. treecast-protocol(7), SIGNATURES.
 */

import { type Keys, sign, verify } from './keys.ts'

export const SIGNING_CONTEXT = {
  manifest: 'treecast manifest 1',
  ticket: 'treecast ticket 1',
  receipt: 'treecast receipt 1',
  enrolment: 'treecast enrolment 1',
  packetTable: 'treecast packet table 1',
} as const
export type SigningContext = (typeof SIGNING_CONTEXT)[keyof typeof SIGNING_CONTEXT]

export interface Signed {
  readonly payload: Uint8Array
  /** 64 bytes. */
  readonly signature: Uint8Array
}

export function signBytes(keys: Keys, context: SigningContext, payload: Uint8Array): Signed {
  return { payload, signature: sign(keys, inContext(context, payload)) }
}

/** The payload, once its signature was found to hold; undefined when it does not. Nothing is parsed before. */
export function openSigned(ed25519Public: Uint8Array, context: SigningContext, signed: Signed): Uint8Array | undefined {
  return verify(ed25519Public, inContext(context, signed.payload), signed.signature) ? signed.payload : undefined
}

function inContext(context: SigningContext, payload: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from(`${context}\0`), payload])
}
