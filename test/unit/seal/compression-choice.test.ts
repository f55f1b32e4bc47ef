import { describe, expect, test } from 'vitest'
import { afterPacket, compressionFor } from '../../../src/seal/compression-choice.ts'
import { COMPRESSION } from '../../../src/wire/codes.ts'

const PACKET_BYTES = 1000
const ZSTD = COMPRESSION.zstd

/** What is tried on each of `packets` when trying saves what `savingOf` says. */
function tries(packets: number, savingOf: (packet: number) => number): boolean[] {
  let choice = compressionFor('auto')
  return Array.from({ length: packets }, (_, packet) => {
    const tried = choice.compression === ZSTD
    const sealedBytes = PACKET_BYTES * (1 - (tried ? savingOf(packet) : 0))
    choice = afterPacket(choice, { plainBytes: PACKET_BYTES, sealed: new Uint8Array(Math.round(sealedBytes)) })
    return tried
  })
}

const triedAt = (tried: boolean[]) => tried.flatMap((yes, packet) => (yes ? [packet] : []))

describe('a wish for one compression', () => {
  test.each(['zstd', 'lz4', 'none'] as const)('%s is kept, whatever it saves', (wish) => {
    let choice = compressionFor(wish)
    for (let packet = 0; packet < 10; packet++) {
      expect(choice.compression).toBe(COMPRESSION[wish])
      choice = afterPacket(choice, { plainBytes: PACKET_BYTES, sealed: new Uint8Array(PACKET_BYTES + 16) })
    }
  })
})

describe('the automatic choice', () => {
  test('compresses while it saves 3 % or more', () => {
    expect(triedAt(tries(100, () => 0.03))).toHaveLength(100)
  })

  test('pauses after two poor packets, longer after each vain try', () => {
    expect(triedAt(tries(70, () => 0))).toEqual([0, 1, 6, 15, 32, 65])
  })

  test('never pauses for more than 256 packets', () => {
    const at = triedAt(tries(3000, () => 0))
    expect(at.slice(-2).reduce((one, next) => next - one)).toBe(257)
  })

  test('is not put off by one poor packet', () => {
    expect(triedAt(tries(20, (packet) => (packet % 2 === 0 ? 0 : 0.5)))).toHaveLength(20)
  })

  test('compresses again as soon as a try saves', () => {
    // The tries at 2 … 5 are left out; the one at 6 saves, so all that follow are made.
    expect(triedAt(tries(12, (packet) => (packet < 6 ? 0.02 : 0.4)))).toEqual([0, 1, 6, 7, 8, 9, 10, 11])
  })

  test('does not change the choice it is given', () => {
    const choice = Object.freeze(compressionFor('auto'))
    afterPacket(choice, { plainBytes: 10, sealed: new Uint8Array(26) })
    expect(choice).toEqual(compressionFor('auto'))
  })
})
