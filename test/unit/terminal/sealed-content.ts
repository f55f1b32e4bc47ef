/** Sealed content for tests of single modules: what a main server would have, and copies for terminals. */

import { StoredContent, shapeOf } from '../../../src/content/stored-content.ts'
import { openSigned, SIGNING_CONTEXT, signBytes } from '../../../src/identity/signed.ts'
import type { PacketTable } from '../../../src/seal/packet-table.ts'
import { decodePacketTable, encodePacketTable, type SignBytes } from '../../../src/seal/packet-table-codec.ts'
import type { SealedPacket } from '../../../src/seal/sealer.ts'
import type { OpenFile } from '../../../src/system/files.ts'
import { createMemoryFiles } from '../../../src/system/memory-files.ts'
import { seededRandom } from '../../../src/system/random.ts'
import { createMember, type Member } from '../../support/cluster/member.ts'
import {
  openLibrary,
  type SignedTransfer,
  signTransfer,
  type TransferWish,
} from '../../support/cluster/signed-transfer.ts'

export interface SealedContent extends SignedTransfer {
  readonly main: Member
  readonly bytes: Uint8Array
  readonly content: StoredContent
  readonly packets: readonly SealedPacket[]
  readonly verifyTable: (payload: Uint8Array, signature: Uint8Array) => boolean
}

export async function sealContent(bytes: Uint8Array, wish: Partial<TransferWish> = {}): Promise<SealedContent> {
  const random = seededRandom(3)
  const main = createMember('main', random)
  const signed = signTransfer(main, { transfer: 1, ...wish }, random)
  const packets: SealedPacket[] = []
  const file = await createMemoryFiles().open('/library', 'create')
  const { content: open, intake } = openLibrary({
    main,
    signed,
    file,
    segmentReady: (_, sealed) => packets.push(...sealed),
  })
  await intake.add(bytes)
  const { contentDigest } = await intake.end()
  const verifyTable = (payload: Uint8Array, signature: Uint8Array) =>
    openSigned(main.keys.ed25519Public, SIGNING_CONTEXT.packetTable, { payload, signature }) !== undefined
  const sign = (payload: Uint8Array) => signBytes(main.keys, SIGNING_CONTEXT.packetTable, payload).signature
  const content = closed(open, {
    file,
    manifest: signed.manifest,
    last: { contentBytes: bytes.length, contentDigest },
    verifyTable,
    sign,
  })
  return { ...signed, main, bytes, content, packets, verifyTable }
}

/** The same content whose last segment has packets and says itself that it is the last, so that one table is enough for a small one. */
function closed(
  open: StoredContent,
  means: Pick<SealedContent, 'verifyTable' | 'manifest'> & {
    file: OpenFile
    last: PacketTable['last']
    sign: SignBytes
  },
): StoredContent {
  const content = new StoredContent(means.file, shapeOf(means.manifest))
  for (const [segment, signed] of open.tables().entries()) {
    const isLast = segment === open.segments - 1
    const table = { ...decodePacketTable(signed, means.verifyTable), last: isLast ? means.last : undefined }
    content.addTable(table, isLast ? encodePacketTable(table, means.sign) : signed)
  }
  for (let index = 0; index < open.knownPackets; index++) content.markHeld(index)
  return content
}

/** An empty content that knows the tables of `sealed`. */
export async function emptyCopy(sealed: SealedContent, segments = sealed.content.segments) {
  const files = createMemoryFiles()
  const file = await files.open('/copy', 'create')
  const content = new StoredContent(file, shapeOf(sealed.manifest))
  for (let segment = 0; segment < segments; segment++) {
    const table = sealed.content.table(segment)
    if (table === undefined) throw new Error(`there is no segment ${segment}`)
    content.addTable(decodePacketTable(table, sealed.verifyTable), table)
  }
  return { files, file, content }
}
