import { describe, expect, test } from 'vitest'
import { type DecodedFrame, encodeFrameHeader, FRAME_HEADER_BYTES, FrameDecoder } from '../../../src/wire/frame.ts'

const LIMIT = 1000

/** Type 0x15, body 'abc'. */
const GOLDEN = Uint8Array.of(0x01, 0x15, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03, 0x61, 0x62, 0x63)

function bytesOf(type: number, body: Uint8Array): Uint8Array {
  return Buffer.concat([encodeFrameHeader(type, body.length), body])
}

interface Outcome {
  frames: DecodedFrame[]
  fault: string | undefined
}

function decode(chunks: readonly Uint8Array[], decoder = new FrameDecoder(() => LIMIT)): Outcome {
  const frames: DecodedFrame[] = []
  for (const chunk of chunks) {
    decoder.push(chunk)
    for (let step = decoder.next(); step.kind !== 'more'; step = decoder.next()) {
      if (step.kind === 'bad') return { frames, fault: step.error.code }
      frames.push(step.frame)
    }
  }
  return { frames, fault: undefined }
}

function shapes(frames: readonly DecodedFrame[]): [number, string][] {
  return frames.map(({ type, body }) => [type, Buffer.from(body).toString()])
}

const STREAM = Buffer.concat([GOLDEN, bytesOf(0x06, new Uint8Array(0)), bytesOf(0xff, Buffer.from('z'.repeat(40)))])
const STREAM_SHAPES = [
  [0x15, 'abc'],
  [0x06, ''],
  [0xff, 'z'.repeat(40)],
]

describe('the frame header', () => {
  test('has the bytes that treecast-protocol(7) draws', () => {
    expect([...encodeFrameHeader(0x15, 3)]).toEqual([...GOLDEN.subarray(0, FRAME_HEADER_BYTES)])
    expect([...encodeFrameHeader(0xfe, 0xfedc_ba98)]).toEqual([1, 0xfe, 0, 0, 0xfe, 0xdc, 0xba, 0x98])
  })

  test.each([-1, 256, 1.5, Number.NaN])('refuses the type %s', (type) => {
    expect(() => encodeFrameHeader(type, 0)).toThrow(expect.objectContaining({ code: 'E_FRAME_TYPE' }))
  })

  test.each([-1, 2 ** 32, 0.5])('refuses a body of %s bytes', (length) => {
    expect(() => encodeFrameHeader(1, length)).toThrow(expect.objectContaining({ code: 'E_FRAME_TOO_LARGE' }))
  })
})

describe('the frame decoder', () => {
  test('reads the golden frame', () => {
    expect(shapes(decode([GOLDEN]).frames)).toEqual([[0x15, 'abc']])
  })

  test('reads several frames from one chunk', () => {
    expect(shapes(decode([STREAM]).frames)).toEqual(STREAM_SHAPES)
  })

  test('reads the same frames from one byte at a time', () => {
    expect(shapes(decode([...STREAM].map((byte) => Uint8Array.of(byte))).frames)).toEqual(STREAM_SHAPES)
  })

  test('reads the same frames whichever two points the stream is split at', () => {
    for (let first = 0; first <= STREAM.length; first += 1) {
      for (let second = first; second <= STREAM.length; second += 1) {
        const chunks = [STREAM.subarray(0, first), STREAM.subarray(first, second), STREAM.subarray(second)]
        expect(shapes(decode(chunks).frames)).toEqual(STREAM_SHAPES)
      }
    }
  })

  test('asks for more at every point where a frame is cut off, and knows that it is inside one', () => {
    for (let length = 0; length < GOLDEN.length; length += 1) {
      const decoder = new FrameDecoder(() => LIMIT)
      expect(decode([GOLDEN.subarray(0, length)], decoder)).toEqual({ frames: [], fault: undefined })
      expect(decoder.insideFrame).toBe(length > 0)
    }
    const decoder = new FrameDecoder(() => LIMIT)
    decode([GOLDEN], decoder)
    expect(decoder.insideFrame).toBe(false)
  })

  test('accepts a body as large as the limit and refuses one byte more before any of it has come', () => {
    expect(decode([bytesOf(9, new Uint8Array(LIMIT))]).frames).toHaveLength(1)
    expect(decode([encodeFrameHeader(9, LIMIT + 1)]).fault).toBe('E_FRAME_TOO_LARGE')
    expect(decode([encodeFrameHeader(9, 0xffff_ffff)]).fault).toBe('E_FRAME_TOO_LARGE')
  })

  test('judges a body by the limit of its type', () => {
    const limits = (type: number) => (type === 9 ? 5 : 3)
    const frames = Buffer.concat([bytesOf(9, new Uint8Array(5)), bytesOf(8, new Uint8Array(3))])
    expect(decode([frames], new FrameDecoder(limits)).frames).toHaveLength(2)
    expect(decode([encodeFrameHeader(8, 4)], new FrameDecoder(limits)).fault).toBe('E_FRAME_TOO_LARGE')
    expect(decode([encodeFrameHeader(9, 6)], new FrameDecoder(limits)).fault).toBe('E_FRAME_TOO_LARGE')
  })

  test('applies a new limit to the next frame, also when its bytes are there already', () => {
    const decoder = new FrameDecoder(() => LIMIT)
    decoder.push(Buffer.concat([GOLDEN, bytesOf(2, new Uint8Array(LIMIT + 1)), bytesOf(3, new Uint8Array(3))]))
    expect(decoder.next()).toMatchObject({ kind: 'frame', frame: { type: 0x15 } })
    decoder.allow(() => LIMIT + 1)
    expect(decoder.next()).toMatchObject({ kind: 'frame', frame: { type: 2 } })
    decoder.allow(() => 2)
    expect(decoder.next()).toMatchObject({ kind: 'bad', error: { code: 'E_FRAME_TOO_LARGE' } })
  })

  test('refuses another version by its first byte', () => {
    expect(decode([Uint8Array.of(2)]).fault).toBe('E_FRAME_VERSION')
    expect(decode([Buffer.from('GET / HTTP/1.1\r\n\r\n')]).fault).toBe('E_FRAME_VERSION')
  })

  test.each([
    [0x80, 0],
    [0, 1],
  ])('refuses the flags %i %i', (high, low) => {
    expect(decode([Uint8Array.of(1, 5, high, low)]).fault).toBe('E_FRAME_FLAGS')
  })

  test('hands out the frames before a fault, and says the fault again ever after', () => {
    const decoder = new FrameDecoder(() => LIMIT)
    const { frames, fault } = decode([Buffer.concat([GOLDEN, Uint8Array.of(7), GOLDEN])], decoder)
    expect(shapes(frames)).toEqual([[0x15, 'abc']])
    expect(fault).toBe('E_FRAME_VERSION')
    decoder.push(GOLDEN)
    expect(decoder.next()).toMatchObject({ kind: 'bad', error: { code: 'E_FRAME_VERSION' } })
  })

  test('hands out bodies that share their memory with nothing', () => {
    const chunk = Buffer.concat([bytesOf(1, new Uint8Array(10)), bytesOf(2, new Uint8Array(500))])
    const bodies = decode([chunk, GOLDEN]).frames.map(({ body }) => body)
    expect(bodies.map(({ length }) => length)).toEqual([10, 500, 3])
    expect(bodies.map(({ buffer }) => buffer.byteLength)).toEqual([10, 500, 3])
    expect(new Set([chunk.buffer, ...bodies.map(({ buffer }) => buffer)]).size).toBe(4)
  })
})
