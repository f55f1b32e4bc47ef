/** A transfer's signed documents and its sealed content, as a main server makes them. */

import { StoredContent, shapeOf } from '../../../src/content/stored-content.ts'
import { SIGNING_CONTEXT, signBytes } from '../../../src/identity/signed.ts'
import { createContentKey, keyCommitment } from '../../../src/seal/content-key.ts'
import { wrapKey } from '../../../src/seal/key-wrap.ts'
import { packetCuts } from '../../../src/seal/packet-cuts.ts'
import type { SealedPacket } from '../../../src/seal/sealer.ts'
import { ContentIntake } from '../../../src/server/content-intake.ts'
import { formatAddress } from '../../../src/system/address.ts'
import type { OpenFile } from '../../../src/system/files.ts'
import type { Random } from '../../../src/system/random.ts'
import type { HeldTicket } from '../../../src/terminal/downstream.ts'
import type { SealingFacts } from '../../../src/terminal/sealing-facts.ts'
import { CIPHER } from '../../../src/wire/codes.ts'
import type { SignedBytes } from '../../../src/wire/field-schemas.ts'
import { encodeManifest, encodeTicket, type Manifest } from '../../../src/wire/signed-documents.ts'
import { type Member, secretBetween } from './member.ts'

export interface TransferWish extends Partial<Omit<Manifest, 'transfer' | 'keyCommitment'>> {
  readonly transfer: number
}

export interface SignedTransfer {
  readonly manifest: Manifest
  readonly signedManifest: SignedBytes
  readonly sealing: SealingFacts
}

const SMALL_PACKET_BYTES = 4096

/** A manifest with everything that the wish leaves open, signed by `main`, and a fresh key. */
export function signTransfer(main: Member, wish: TransferWish, random: Random): SignedTransfer {
  const key = createContentKey(random)
  const manifest: Manifest = {
    name: 'intro.mp4',
    destination: 'intro.mp4',
    entryList: null,
    bytes: null,
    cut: 'fixed',
    packetBytes: SMALL_PACKET_BYTES,
    cipher: 'aes-256-gcm',
    pusher: null,
    stripes: 1,
    fanOut: 3,
    targets: 1,
    relayAfterBytes: 0,
    mode: 0o644,
    modifiedMs: 1_700_000_000_000,
    force: false,
    activateAtMs: null,
    deactivateAtMs: null,
    ...wish,
    keyCommitment: keyCommitment(key),
  }
  return {
    manifest,
    signedManifest: signBytes(main.keys, SIGNING_CONTEXT.manifest, encodeManifest(manifest)),
    sealing: { transfer: wish.transfer, key, cipher: CIPHER[manifest.cipher] },
  }
}

export interface TicketWish {
  readonly handle: number
  readonly leaf?: boolean
  readonly address?: string
}

export function issueTicket(
  main: Member,
  holder: Member,
  { sealing }: Pick<SignedTransfer, 'sealing'>,
  wish: TicketWish & { readonly random: Random },
): HeldTicket {
  const { nodeId, name, fingerprint } = holder
  const ticket = {
    transfer: sealing.transfer,
    handle: wish.handle,
    node: nodeId,
    name,
    fingerprint,
    address: wish.address ?? formatAddress(holder.address),
    leaf: wish.leaf ?? false,
    performance: 1,
    wrappedKey: wrapKey(sealing.key, secretBetween(main, holder), wish.random),
  }
  return { ticket, signed: signBytes(main.keys, SIGNING_CONTEXT.ticket, encodeTicket(ticket)) }
}

export interface LibraryContent {
  readonly content: StoredContent
  readonly intake: ContentIntake
}

/** Where a transfer's bytes are sealed into; `segmentReady` hears of each segment. */
export function openLibrary(options: {
  readonly main: Member
  readonly signed: SignedTransfer
  readonly file: OpenFile
  readonly segmentReady?: (segment: number, packets: readonly SealedPacket[]) => void
}): LibraryContent {
  const { main, signed, file } = options
  const { cut, packetBytes } = signed.manifest
  const { entryListBytes } = shapeOf(signed.manifest)
  const content = new StoredContent(file, shapeOf(signed.manifest))
  const intake = new ContentIntake({
    file,
    content,
    sealing: signed.sealing,
    cuts: packetCuts(cut, packetBytes),
    entryListBytes,
    compression: 'auto',
    signTable: (bytes) => signBytes(main.keys, SIGNING_CONTEXT.packetTable, bytes).signature,
    segmentReady: options.segmentReady ?? (() => undefined),
  })
  return { content, intake }
}
