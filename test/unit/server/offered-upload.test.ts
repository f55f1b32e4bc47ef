import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PacketOffers } from '../../../src/client/packet-offers.ts'
import { proofOf } from '../../../src/seal/digests.ts'
import { OfferedUpload } from '../../../src/server/offered-upload.ts'
import { seededRandom } from '../../../src/system/random.ts'
import { LIMITS } from '../../../src/wire/limits.ts'
import type { MessageBody } from '../../../src/wire/messages.ts'

const key = seededRandom(1).bytes(32)

/** A main server's side whose library has these packets. */
function desk(library: readonly Uint8Array[]) {
  const taken: Uint8Array[] = []
  const answers: MessageBody<'uploadLacks'>[] = []
  let credit = 0
  const upload = new OfferedUpload({
    earlier: {
      isOpen: true,
      find: async ({ facts }) => {
        const found = library.find((packet) => Buffer.compare(proofOf(packet, key), facts.plainDigest) === 0)
        return found?.slice()
      },
      close: async () => undefined,
    },
    take: async (bytes) => void taken.push(bytes.slice()),
    answer: (body) => void answers.push(body),
    credit: (bytes) => {
      credit += bytes
    },
  })
  return { upload, answers, credit: () => credit, taken: () => new Uint8Array(Buffer.concat(taken)) }
}

describe('an upload of which the library has a part', () => {
  test('becomes the content that was offered, whatever is found of it, and sends only what is not', async () => {
    const packets = fc.array(
      fc.record({ seed: fc.nat(1e6), bytes: fc.integer({ min: 1, max: 200 }), isHere: fc.boolean() }),
      {
        minLength: 1,
        maxLength: 40,
      },
    )
    const property = fc.asyncProperty(packets, fc.integer({ min: 1, max: 64 }), async (drawn, pieceBytes) => {
      const content = drawn.map(({ seed, bytes }) => seededRandom(seed).bytes(bytes))
      const here = content.filter((_, k) => drawn[k]?.isHere)
      const { upload, answers, taken } = desk(here)
      const offers = new PacketOffers(key)
      let sentBytes = 0
      const settle = async () => {
        for (let packets = offers.takeLacking(); packets !== undefined; packets = offers.takeLacking()) {
          const bytes = Buffer.concat(packets)
          sentBytes += bytes.length
          for (let at = 0; at < bytes.length; at += pieceBytes)
            await upload.upload(new Uint8Array(bytes.subarray(at, at + pieceBytes)))
        }
      }
      for (const [k, packet] of content.entries()) {
        const isFull = offers.add(packet)
        if (!isFull && k % 3 > 0 && k < content.length - 1) continue
        await upload.offer(offers.offer())
        for (const answer of answers.splice(0)) offers.answered(answer)
        await settle()
      }
      expect(Buffer.compare(taken(), Buffer.concat(content))).toBe(0)
      const lacking = content.filter((packet) => !here.some((one) => Buffer.compare(one, packet) === 0))
      expect(sentBytes).toBe(lacking.reduce((sum, { length }) => sum + length, 0))
    })
    await fc.assert(property, { numRuns: 50 })
  })

  test('takes what is uploaded behind the offers as it comes', async () => {
    const { upload, taken } = desk([])
    await upload.offer({ lengths: [3], proofs: new Uint8Array(32) })
    await upload.upload(Uint8Array.of(1, 2, 3, 4, 5))
    await upload.upload(Uint8Array.of(6))
    expect([...taken()]).toEqual([1, 2, 3, 4, 5, 6])
  })

  test('finds nothing by the digest of a packet, nor by a proof with another key', async () => {
    const packet = seededRandom(2).bytes(100)
    const { upload, answers } = desk([packet])
    const other = new PacketOffers(seededRandom(3).bytes(32))
    other.add(packet)
    await upload.offer(other.offer())
    expect(answers).toEqual([{ lacks: [0], goOn: true }])
  })

  test('gives credit back for what is found, and refuses offers beyond it', async () => {
    const packet = seededRandom(2).bytes(1000)
    const { upload, credit } = desk([packet])
    await upload.offer({ lengths: [1000], proofs: proofOf(packet, key) })
    await new Promise((resolve) => setImmediate(resolve))
    expect(credit()).toBe(1000)
    const many = Math.ceil(LIMITS.uploadCreditBytes / 2 ** 20)
    await upload.offer({ lengths: Array(many).fill(2 ** 20), proofs: new Uint8Array(32 * many) })
    expect(() => upload.offer({ lengths: [1], proofs: new Uint8Array(32) })).toThrow(/more was offered/)
    expect(() => upload.offer({ lengths: [1], proofs: new Uint8Array(31) })).toThrow(/proofs/)
  })
})
