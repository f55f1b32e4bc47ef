import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodeFrameHeader, FrameDecoder } from '../../src/wire/frame.ts'

const LIMIT = 300

const frames = fc.array(
  fc.record({ type: fc.integer({ min: 0, max: 255 }), body: fc.uint8Array({ maxLength: LIMIT }) }),
  { maxLength: 12 },
)
const cutSizes = fc.array(fc.integer({ min: 0, max: 200 }), { minLength: 1, maxLength: 20 })

/** Cuts `stream` into pieces of the given sizes, over and over; a round of zeros is ended by a piece of one. */
function cut(stream: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const pieces: Uint8Array[] = []
  for (let at = 0, k = 0; at < stream.length; k += 1) {
    const size = k % (sizes.length + 1) === sizes.length ? 1 : (sizes[k % (sizes.length + 1)] as number)
    pieces.push(stream.slice(at, at + size))
    at += size
  }
  return pieces
}

describe('the frame decoder', () => {
  test('gives back any frames however their bytes are cut', () => {
    fc.assert(
      fc.property(frames, cutSizes, (sent, sizes) => {
        const stream = Buffer.concat(sent.flatMap(({ type, body }) => [encodeFrameHeader(type, body.length), body]))
        const decoder = new FrameDecoder(() => LIMIT)
        const received: { type: number; body: number[] }[] = []
        for (const piece of cut(stream, sizes)) {
          decoder.push(piece)
          for (let step = decoder.next(); step.kind === 'frame'; step = decoder.next()) {
            received.push({ type: step.frame.type, body: [...step.frame.body] })
          }
        }
        expect(received).toEqual(sent.map(({ type, body }) => ({ type, body: [...body] })))
        expect(decoder.insideFrame).toBe(false)
      }),
    )
  })

  test('survives any bytes, never hands out a body above the limit, and finds the same however they are cut', () => {
    const hostile = fc.oneof(
      fc.uint8Array({ maxLength: 600 }),
      fc
        .tuple(frames, fc.uint8Array({ maxLength: 60 }))
        .map(([good, junk]) =>
          Buffer.concat([...good.flatMap(({ type, body }) => [encodeFrameHeader(type, body.length), body]), junk]),
        ),
    )
    fc.assert(
      fc.property(hostile, cutSizes, (stream, sizes) => {
        const read = (pieces: readonly Uint8Array[]) => {
          const decoder = new FrameDecoder(() => LIMIT)
          const seen: string[] = []
          for (const piece of pieces) {
            decoder.push(piece)
            let step = decoder.next()
            for (; step.kind === 'frame'; step = decoder.next()) {
              expect(step.frame.body.length).toBeLessThanOrEqual(LIMIT)
              seen.push(`${step.frame.type} ${Buffer.from(step.frame.body).toString('hex')}`)
            }
            if (step.kind === 'bad') return [...seen, step.error.code]
          }
          return seen
        }
        expect(read(cut(stream, sizes))).toEqual(read([stream.slice()]))
      }),
    )
  })
})
