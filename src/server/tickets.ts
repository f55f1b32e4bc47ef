/** Tickets and manifests: what the main server signs so that terminals may trust one another in one transfer. */

import type { Keys } from '../identity/keys.ts'
import type { NodeId } from '../identity/node-id.ts'
import { openSigned, SIGNING_CONTEXT, signBytes } from '../identity/signed.ts'
import { sharedKey, wrapKey } from '../seal/key-wrap.ts'
import type { Random } from '../system/random.ts'
import type { HeldTicket } from '../terminal/downstream.ts'
import type { SignedBytes } from '../wire/field-schemas.ts'
import { encodeManifest, encodeTicket, type Manifest } from '../wire/signed-documents.ts'

/** A terminal as a ticket names it. */
export interface TicketHolder {
  readonly node: NodeId
  readonly name: string
  readonly fingerprint: string
  readonly x25519: Uint8Array
  readonly address: string | null
  readonly leaf: boolean
}

export class TicketOffice {
  readonly #keys: Keys
  readonly #random: Random
  /** Agreeing on a key costs more than all else in a ticket, so it is done once per terminal. */
  readonly #sharedKeys = new Map<NodeId, { x25519: Uint8Array; shared: Uint8Array }>()

  constructor(keys: Keys, random: Random) {
    this.#keys = keys
    this.#random = random
  }

  /** Computes ahead of the first transfer what wrapping a key for this terminal takes. */
  prepare({ node, x25519 }: Pick<TicketHolder, 'node' | 'x25519'>): void {
    this.#sharedKey(node, x25519)
  }

  signManifest(manifest: Manifest): SignedBytes {
    return signBytes(this.#keys, SIGNING_CONTEXT.manifest, encodeManifest(manifest))
  }

  /** The signature of a packet table. */
  signTable(bytes: Uint8Array): Uint8Array {
    return signBytes(this.#keys, SIGNING_CONTEXT.packetTable, bytes).signature
  }

  /** Whether this main server signed exactly these bytes as a packet table. */
  isTableSigned(payload: Uint8Array, signature: Uint8Array): boolean {
    const signed = { payload, signature }
    return openSigned(this.#keys.ed25519Public, SIGNING_CONTEXT.packetTable, signed) !== undefined
  }

  /** @param place the terminal's handle in the transfer and its performance against the best, 0 to 1 */
  issue(
    holder: TicketHolder,
    place: { transfer: number; handle: number; performance: number },
    contentKey: Uint8Array,
  ): HeldTicket {
    const { node, name, fingerprint, address, leaf } = holder
    const wrappedKey = wrapKey(contentKey, this.#sharedKey(node, holder.x25519), this.#random)
    const ticket = { ...place, node, name, fingerprint, address, leaf, wrappedKey }
    return { ticket, signed: signBytes(this.#keys, SIGNING_CONTEXT.ticket, encodeTicket(ticket)) }
  }

  #sharedKey(node: NodeId, x25519: Uint8Array): Uint8Array {
    const known = this.#sharedKeys.get(node)
    if (known !== undefined && Buffer.compare(known.x25519, x25519) === 0) return known.shared
    const shared = sharedKey(x25519, this.#keys.secrets.x25519Secret)
    this.#sharedKeys.set(node, { x25519, shared })
    return shared
  }
}
