/** Tables offered by who provides a content, and what of them the main server signs. */

import { describe, expect, test } from 'vitest'
import { NO_BYTES, StoredContent } from '../../../src/content/stored-content.ts'
import { packetCuts } from '../../../src/seal/packet-cuts.ts'
import { decodePacketTable, encodePacketTable } from '../../../src/seal/packet-table-codec.ts'
import { TableIntake } from '../../../src/server/table-intake.ts'
import { SegmentBuilder } from '../../../src/terminal/segment-builder.ts'
import { CIPHER } from '../../../src/wire/codes.ts'

const PACKET_BYTES = 65_536
const SEGMENT_PACKETS = 16
const sealing = { transfer: 7, key: new Uint8Array(32).fill(1), cipher: CIPHER['aes-256-gcm'] }
const signedBy = (who: number) => () => new Uint8Array(64).fill(who)
const [PROVIDER, MAIN] = [1, 2]

/** The tables of a content of so many full packets, as its provider offers them. */
function offersOf(packets: number, fill = 0): Uint8Array[] {
  const cuts = packetCuts('fixed', PACKET_BYTES)
  const builder = new SegmentBuilder({ sealing, cuts, entryListBytes: 0, compression: 'none' })
  const tables = []
  for (let k = 0; k < packets; k++) {
    for (const { full } of builder.add(new Uint8Array(PACKET_BYTES).fill(fill + k))) {
      if (full !== undefined) tables.push(full.table)
    }
  }
  const { rest, closing } = builder.end()
  return [...tables, ...(rest ? [rest.table] : []), closing].map((table) =>
    encodePacketTable(table, signedBy(PROVIDER)),
  )
}

function intakeOf(packets: number) {
  const content = new StoredContent(NO_BYTES, { entryListBytes: 0, mostPacketBytes: PACKET_BYTES })
  const bytes = packets * PACKET_BYTES
  const signTable = signedBy(MAIN)
  const intake = new TableIntake({ content, transfer: 7, bytes, signTable })
  const verify = (_: Uint8Array, signature: Uint8Array) => signature[0] === PROVIDER
  const take = (offer: Uint8Array) => {
    const taken = intake.take(offer, verify)
    if (taken.fresh !== undefined) expect(content.addTable(taken.fresh.table, taken.fresh.signed)).toBeUndefined()
    return taken
  }
  return { content, take }
}

describe('TableIntake', () => {
  test('signs the tables of a content in their order, to its end', () => {
    const { content, take } = intakeOf(SEGMENT_PACKETS + 1)
    const offers = offersOf(SEGMENT_PACKETS + 1)
    expect(offers.map((offer) => take(offer).segment)).toEqual([0, 1, 2])
    expect(content.last?.last?.contentBytes).toBe((SEGMENT_PACKETS + 1) * PACKET_BYTES)
    for (const table of content.tables()) decodePacketTable(table, (_, signature) => signature[0] === MAIN)
  })

  test('gives who offers the same tables again the same signatures', () => {
    const { take } = intakeOf(1)
    const offers = offersOf(1)
    const first = offers.map((offer) => take(offer).signature)
    expect(offers.map((offer) => take(offer))).toEqual(
      first.map((signature, segment) => ({ signature, segment, fresh: undefined })),
    )
  })

  test('refuses another table for a segment that is signed: nothing is sealed twice under one nonce', () => {
    const { take } = intakeOf(1)
    for (const offer of offersOf(1)) take(offer)
    expect(() => take(offersOf(1, 9)[0] as Uint8Array)).toThrow(expect.objectContaining({ code: 'E_PATH_CHANGED' }))
  })

  test('refuses what is not the next, is longer than the content, or is not signed by who offers it', () => {
    const offers = offersOf(SEGMENT_PACKETS + 1)
    const code = (packets: number, offer: Uint8Array) => {
      try {
        intakeOf(packets).take(offer)
      } catch (error) {
        return (error as { code: string }).code
      }
      return 'taken'
    }
    expect(code(SEGMENT_PACKETS + 1, offers[1] as Uint8Array)).toBe('E_TABLE')
    expect(code(SEGMENT_PACKETS - 1, offers[0] as Uint8Array)).toBe('E_TABLE')
    const forged = (offers[0] as Uint8Array).slice()
    forged.fill(9, -64)
    expect(code(SEGMENT_PACKETS + 1, forged)).toBe('E_PACKET_TABLE_SIGNATURE')
    expect(code(SEGMENT_PACKETS + 1, offers[0] as Uint8Array)).toBe('taken')
  })
})
