/**
 * What a member of a main server does with its own keys and those of the main server: the one place that says which key, and which context
 * (identity/signed.ts), belongs to which document.
 */

import type { Keys } from '../identity/keys.ts'
import type { Membership } from '../identity/membership-store.ts'
import { openSigned, SIGNING_CONTEXT, signBytes } from '../identity/signed.ts'
import { sharedKey } from '../seal/key-wrap.ts'
import type { SignBytes, VerifyBytes } from '../seal/packet-table-codec.ts'
import type { SignedBytes } from '../wire/field-schemas.ts'

export interface MemberKeys {
  /** Whether the main server signed exactly these bytes as a ticket. */
  readonly isTicketSigned: (signed: SignedBytes) => boolean
  /** The same of a manifest. */
  readonly isManifestSigned: (signed: SignedBytes) => boolean
  /** The same of a packet table. */
  readonly verifyTable: VerifyBytes
  /** Signs a packet table as this node, for the main server, which signs it then. */
  readonly signTable: SignBytes
  /** Signs a receipt as this node. */
  readonly signReceipt: (payload: Uint8Array) => SignedBytes
  /** 32 bytes: the secret that wraps content keys between the main server and this node. */
  readonly sharedKey: Uint8Array
}

/** @param main the public keys of the main server, 32 bytes each */
export function memberKeys(own: Keys, main: Pick<Membership, 'ed25519Public' | 'x25519Public'>): MemberKeys {
  const { ticket, manifest, packetTable, receipt } = SIGNING_CONTEXT
  const isSigned = (context: (typeof SIGNING_CONTEXT)[keyof typeof SIGNING_CONTEXT], signed: SignedBytes) =>
    openSigned(main.ed25519Public, context, signed) !== undefined
  return {
    isTicketSigned: (signed) => isSigned(ticket, signed),
    isManifestSigned: (signed) => isSigned(manifest, signed),
    verifyTable: (payload, signature) => isSigned(packetTable, { payload, signature }),
    signTable: (bytes) => signBytes(own, packetTable, bytes).signature,
    signReceipt: (payload) => signBytes(own, receipt, payload),
    sharedKey: sharedKey(main.x25519Public, own.secrets.x25519Secret),
  }
}
