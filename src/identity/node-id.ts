/** Who a node is: the digest of its Ed25519 public key, the same for as long as it keeps that key. */

import { createHash } from 'node:crypto'

declare const nodeIdBrand: unique symbol

/** Base64url SHA-256 of a node's 32-byte Ed25519 public key: 43 characters. */
export type NodeId = string & { readonly [nodeIdBrand]: true }

/** Base64url SHA-256 of a certificate's DER bytes: what a TLS peer is pinned by. */
export type Fingerprint = string

export function nodeIdOf(ed25519Public: Uint8Array): NodeId {
  return createHash('sha256').update(ed25519Public).digest('base64url') as NodeId
}

/** Whether `text` has the form of a node id. It says nothing about whether there is such a node. */
export function isNodeId(text: string): text is NodeId {
  return /^[A-Za-z0-9_-]{43}$/.test(text)
}
