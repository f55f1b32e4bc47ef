import { describe, expect, test } from 'vitest'
import type { ContentSource } from '../../../src/client/content-source.ts'
import { Upload } from '../../../src/client/upload.ts'
import { type Conversation, greet, type Message, openConversation } from '../../../src/link/conversation.ts'
import { createMemoryNetwork } from '../../../src/link/memory-network.ts'
import { seededRandom } from '../../../src/system/random.ts'
import { VirtualClock } from '../../../src/system/virtual-clock.ts'
import { SendLimit } from '../../../src/terminal/send-limit.ts'
import { LIMITS } from '../../../src/wire/limits.ts'

const CHUNK = LIMITS.uploadChunkBytes

function sourceOf(chunks: readonly (Uint8Array | Error)[]): ContentSource {
  async function* read() {
    for (const chunk of chunks) {
      if (chunk instanceof Error) throw chunk
      yield chunk
    }
  }
  const described = { name: 'a', destination: 'a', entryList: null, bytes: undefined, mode: 0o644, modifiedMs: 0 }
  return { ...described, chunks: read, close: async () => undefined }
}

/** An operator and a main server that writes down what is uploaded. */
async function world(bytesPerSecond = Number.POSITIVE_INFINITY) {
  const clock = new VirtualClock()
  const memory = createMemoryNetwork({ clock, random: seededRandom(1), bytesPerSecond })
  const uploaded: Uint8Array[] = []
  const messages: Message[] = []
  const network = memory.host('main', 'main')
  let accepted: Conversation | undefined
  await network.listen({ host: 'main', port: 1 }, (link) =>
    greet(link, {
      clock,
      deadlineMs: LIMITS.helloMs,
      answer: { role: 'main', software: 'test' },
      welcome: (conversation) => {
        accepted = conversation
        conversation.admit()
        conversation.attach({
          message: (message) => messages.push(message),
          upload: (bytes) => uploaded.push(bytes),
        })
      },
    }),
  )
  const dialling = memory.host('pusher', 'pusher').dial({ host: 'main', port: 1 }, { expect: 'main', deadlineMs: 1000 })
  await clock.advance(100)
  const conversation = openConversation(
    await dialling,
    { role: 'operator', purpose: 'operator', software: 'test' },
    clock,
  )
  const start = (chunks: readonly (Uint8Array | Error)[], limit?: number) => {
    const upload = new Upload(conversation, sourceOf(chunks), new SendLimit(clock, limit))
    conversation.attach({
      message: () => undefined,
      drained: () => upload.drained(),
      closed: () => upload.drained(),
    })
    const state = { ended: false, error: undefined as unknown }
    upload
      .run()
      .catch((error: unknown) => {
        state.error = error
      })
      .finally(() => {
        state.ended = true
      })
    return { upload, state }
  }
  await clock.advance(100)
  const received = () => uploaded.reduce((sum, bytes) => sum + bytes.length, 0)
  return { clock, conversation, start, uploaded, messages, received, accepted: () => accepted }
}

const chunksOf = (count: number) => Array.from({ length: count }, (_, k) => new Uint8Array(CHUNK).fill(k))

describe('an upload', () => {
  test('sends nothing before it has credit, and never more than its credit', async () => {
    const { clock, start, received } = await world()
    const { upload } = start(chunksOf(10))
    await clock.advance(1_000)
    expect(received()).toBe(0)
    for (const [credit, total] of [
      [2 * CHUNK, 2],
      [CHUNK / 2, 2],
      [CHUNK / 2, 3],
      [3 * CHUNK + 1, 6],
    ] as const) {
      upload.credit(credit)
      await clock.advance(1_000)
      expect(received()).toBe(total * CHUNK)
    }
  })

  test('arrives whole and in order, and says at its end how much it was', async () => {
    const { clock, start, uploaded, messages } = await world()
    const { upload, state } = start([...chunksOf(5), new Uint8Array([9])])
    upload.credit(LIMITS.uploadCreditBytes)
    await clock.advance(1_000)
    expect(uploaded.map((bytes) => bytes[0])).toEqual([0, 1, 2, 3, 4, 9])
    expect(messages).toEqual([{ name: 'uploadEnd', body: { bytes: 5 * CHUNK + 1 } }])
    expect(state).toEqual({ ended: true, error: undefined })
  })

  test('of nothing is an end without bytes, and needs no credit', async () => {
    const { clock, start, messages } = await world()
    start([])
    await clock.advance(1_000)
    expect(messages).toEqual([{ name: 'uploadEnd', body: { bytes: 0 } }])
  })

  test('is no faster than the link: what is queued stays bounded', async () => {
    const { clock, start, conversation, received } = await world(1e6)
    const { upload, state } = start(chunksOf(40))
    upload.credit(40 * CHUNK)
    let most = 0
    await clock.runUntil(() => {
      most = Math.max(most, conversation.bufferedBytes)
      return state.ended && received() === 40 * CHUNK
    }, 60_000)
    expect(most).toBeGreaterThan(0)
    expect(most).toBeLessThanOrEqual(LIMITS.childBufferBytes + CHUNK + 64)
    expect(received()).toBe(40 * CHUNK)
  })

  test('whose source fails is never said to be whole', async () => {
    const { clock, start, messages, received } = await world()
    const { upload, state } = start([...chunksOf(2), new Error('E_PATH_CHANGED')])
    upload.credit(10 * CHUNK)
    await clock.advance(1_000)
    expect(received()).toBe(2 * CHUNK)
    expect(messages).toEqual([])
    expect(state.error).toMatchObject({ message: 'E_PATH_CHANGED' })
  })

  test('ends when its link does, also while it waits for credit', async () => {
    const { clock, start, accepted, messages } = await world()
    const { state } = start(chunksOf(2))
    await clock.advance(1_000)
    accepted()?.close()
    await clock.advance(1_000)
    expect(state).toEqual({ ended: true, error: undefined })
    expect(messages).toEqual([])
  })
})

test('a limited upload keeps its rate over every second', async () => {
  const { clock, start, received } = await world()
  const { upload } = start(chunksOf(12), CHUNK)
  upload.credit(12 * CHUNK)
  let before = received()
  for (let second = 0; second < 10; second++) {
    await clock.advance(1_000)
    expect(Math.abs(received() - before - CHUNK)).toBeLessThanOrEqual(0.05 * CHUNK)
    before = received()
  }
})
