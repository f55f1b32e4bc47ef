import { describe, expect, test } from 'vitest'
import { decodePacket, encodePacketHeader, PACKET_HEADER_BYTES } from '../../../src/wire/packet-header.ts'
import { EXAMPLE_PACKET_HEADER } from '../../support/wire/example-messages.ts'

/** transfer · stripe · base, oriented · index · target · plain · sealed · compression, cipher · zeros · checksum */
const GOLDEN =
  '0001020304050607 1112 01 04 21222324 31323334 41424344 00000005 02 03 0000 606162636465666768696a6b6c6d6e6f'
const SEALED = Uint8Array.of(0xa1, 0xa2, 0xa3, 0xa4, 0xa5)

const header = Uint8Array.from(Buffer.from(GOLDEN.replaceAll(' ', ''), 'hex'))
const body = Uint8Array.of(...header, ...SEALED)

function withBytes(at: number, ...bytes: number[]): Uint8Array {
  const copy = body.slice()
  copy.set(bytes, at)
  return copy
}

const refused = expect.objectContaining({ code: 'E_PACKET_HEADER' })

describe('the packet header', () => {
  test('becomes its golden bytes', () => {
    expect(encodePacketHeader(EXAMPLE_PACKET_HEADER)).toEqual(header)
    expect(header).toHaveLength(PACKET_HEADER_BYTES)
  })

  test('is read from its golden bytes, with the sealed bytes behind it', () => {
    expect(decodePacket(body)).toEqual({ header: EXAMPLE_PACKET_HEADER, sealed: SEALED })
  })

  test('is read in place: neither checksum nor sealed bytes are copied, wherever the body lies', () => {
    const memory = Uint8Array.of(9, 9, 9, ...body, 9)
    const packet = decodePacket(memory.subarray(3, -1))
    expect(packet).toEqual({ header: EXAMPLE_PACKET_HEADER, sealed: SEALED })
    expect([packet.sealed.buffer, packet.header.checksum.buffer]).toEqual([memory.buffer, memory.buffer])
  })

  test('carries the first 16 bytes of a digest', () => {
    const digest = Uint8Array.of(...EXAMPLE_PACKET_HEADER.checksum, ...new Uint8Array(16).fill(0xee))
    expect(encodePacketHeader({ ...EXAMPLE_PACKET_HEADER, checksum: digest })).toEqual(header)
  })

  test('is refused when it is cut off, or the sealed bytes are not as many as it says', () => {
    for (let length = 0; length < body.length; length += 1) {
      expect(() => decodePacket(body.subarray(0, length))).toThrow(refused)
    }
    expect(() => decodePacket(Uint8Array.of(...body, 0))).toThrow(refused)
  })

  test('may have no sealed bytes', () => {
    expect(decodePacket(withBytes(27, 0).subarray(0, PACKET_HEADER_BYTES)).sealed).toHaveLength(0)
  })

  test('is refused with reserved bytes set', () => {
    expect(() => decodePacket(withBytes(30, 1))).toThrow(refused)
    expect(() => decodePacket(withBytes(31, 1))).toThrow(refused)
  })

  test('is refused with a transfer that no number holds exactly', () => {
    expect(decodePacket(withBytes(0, 0, 0x1f, 255, 255, 255, 255, 255, 255)).header.transfer).toBe(2 ** 53 - 1)
    expect(() => decodePacket(withBytes(0, 0, 0x20, 0, 0, 0, 0, 0, 0))).toThrow(refused)
  })
})
