/**
 * The packet tables of a content whose bytes the main server has not got: offered by who provides it, checked, and signed once. Whoever
 * provides it later offers the same tables again, or others, which are refused.
 */

import type { StoredContent } from '../content/stored-content.ts'
import { sameBytes } from '../seal/digests.ts'
import type { PacketTable } from '../seal/packet-table.ts'
import { decodePacketTable, encodePacketTable, type SignBytes, type VerifyBytes } from '../seal/packet-table-codec.ts'
import { TreecastError } from '../system/errors.ts'

const SIGNATURE_BYTES = 64

export interface TableIntakeOptions {
  readonly content: StoredContent
  readonly transfer: number
  /** Of the whole content. */
  readonly bytes: number
  readonly signTable: SignBytes
}

/** A table that may be added: signed by the main server, which nobody has seen yet. */
export interface NewTable {
  readonly table: PacketTable
  readonly signed: Uint8Array
}

export type TakenTable = {
  readonly signature: Uint8Array
  readonly segment: number
  readonly fresh: NewTable | undefined
}

export class TableIntake {
  readonly #options: TableIntakeOptions

  constructor(options: TableIntakeOptions) {
    this.#options = options
  }

  /**
   * Looks at an offered table.
   * @param verify holds it against the key of who offers it
   * @throws E_PACKET_TABLE…, E_TABLE when it can be none of this content, E_PATH_CHANGED when it says something else than before
   */
  take(offered: Uint8Array, verify: VerifyBytes): TakenTable {
    const { content, signTable } = this.#options
    const table = decodePacketTable(offered, verify)
    const { segment } = table
    const known = content.table(segment)
    if (known !== undefined) {
      const isSame = sameBytes(withoutSignature(known), withoutSignature(offered))
      if (!isSame) throw new TreecastError('E_PATH_CHANGED', 'the content is another than the one that was described')
      return { signature: known.slice(-SIGNATURE_BYTES), segment, fresh: undefined }
    }
    const fault = this.#faultOf(table)
    if (fault !== undefined) throw new TreecastError('E_TABLE', `an offered packet table ${fault}`)
    const signed = encodePacketTable(table, signTable)
    return { signature: signed.slice(-SIGNATURE_BYTES), segment, fresh: { table, signed } }
  }

  #faultOf({ transfer, segment, firstPacket, bytesBefore, packets, last }: PacketTable): string | undefined {
    const { content, bytes } = this.#options
    if (last !== undefined && packets.length > 0) return 'ends the content and has packets'
    if (transfer !== this.#options.transfer || segment !== content.segments) return 'is not the next of this transfer'
    if (firstPacket !== content.knownPackets || bytesBefore !== content.knownBytes)
      return 'does not follow the last one'
    const end = bytesBefore + packets.reduce((sum, { plainBytes }) => sum + plainBytes, 0)
    if (end > bytes || (last !== undefined && end !== bytes)) return `ends at ${end} bytes of ${bytes}`
    return undefined
  }
}

function withoutSignature(table: Uint8Array): Uint8Array {
  return table.subarray(0, -SIGNATURE_BYTES)
}
