import { describe, expect, onTestFinished, test } from 'vitest'
import { type Conversation, greet, type Message } from '../../../src/link/conversation.ts'
import type { Network } from '../../../src/link/link.ts'
import { createMemoryNetwork } from '../../../src/link/memory-network.ts'
import { IN_MEMORY } from '../../../src/registry/open-database-file.ts'
import { TreecastError } from '../../../src/system/errors.ts'
import { createMemoryLog } from '../../../src/system/memory-log.ts'
import { seededRandom } from '../../../src/system/random.ts'
import { VirtualClock } from '../../../src/system/virtual-clock.ts'
import { ControlConnection, type ControlUser } from '../../../src/terminal/control-connection.ts'
import { StateFile } from '../../../src/terminal/state-file.ts'
import { LIMITS } from '../../../src/wire/limits.ts'

const MAIN = { address: { host: 'main', port: 7717 }, fingerprint: 'f'.repeat(43) }
const signed = (value: number) => ({ payload: Uint8Array.of(value), signature: new Uint8Array(64) })

/** A main server that writes down who comes and what is said. */
class ScriptedMain {
  readonly dials: number[] = []
  readonly heard: Message[] = []
  conversation: Conversation | undefined
  refuseWith: TreecastError | undefined
  /** Whether receipts are confirmed. */
  confirms = false
  readonly #clock: VirtualClock

  constructor(clock: VirtualClock) {
    this.#clock = clock
  }

  async listen(network: Network): Promise<void> {
    await network.listen(MAIN.address, (link) => {
      this.dials.push(this.#clock.monotonic())
      greet(link, {
        clock: this.#clock,
        deadlineMs: LIMITS.helloMs,
        answer: { role: 'main', software: 'scripted' },
        welcome: (conversation) => {
          if (this.refuseWith !== undefined) throw this.refuseWith
          this.conversation = conversation
          conversation.attach({ message: (message) => this.#hear(conversation, message) })
          conversation.send('heartbeat', { sequence: 0 })
        },
      })
    })
  }

  of<N extends Message['name']>(name: N): Extract<Message, { name: N }>['body'][] {
    return this.heard.filter((message) => message.name === name).map(({ body }) => body as never)
  }

  #hear(conversation: Conversation, message: Message): void {
    this.heard.push(message)
    if (message.name !== 'receipt' || !this.confirms) return
    const { state, receipt } = message.body
    conversation.send('receiptKept', { transfer: receipt.payload[0] ?? 0, state })
  }
}

async function world(user: Partial<ControlUser> = {}) {
  const clock = new VirtualClock()
  const random = seededRandom(1)
  const memory = createMemoryNetwork({ clock, random })
  const state = await StateFile.open(IN_MEMORY)
  onTestFinished(() => state.close())
  const main = new ScriptedMain(clock)
  const rejections: Error[] = []
  const told: string[] = []
  let connected = 0
  const log = createMemoryLog()
  const control = new ControlConnection({
    network: memory.host('web1', 'w'.repeat(43)),
    ...{
      clock,
      random,
      log,
      state,
      main: MAIN,
      software: 'test',
      leaf: false,
      labels: { role: 'web' },
      listening: 'web1:7717',
    },
    user: {
      connected: () => connected++,
      disconnected: () => undefined,
      preflight: async () => null,
      condition: async () => ({ transfers: 2, freeBytes: 1000 }),
      told: ({ name }) => told.push(name),
      rejected: (error) => rejections.push(error),
      ...user,
    },
  })
  onTestFinished(() => control.stop())
  const startMain = () => main.listen(memory.host('main', MAIN.fingerprint))
  return {
    clock,
    memory,
    state,
    main,
    control,
    rejections,
    told,
    log,
    startMain,
    connections: () => connected,
  }
}

async function received(state: StateFile, transfer: number): Promise<void> {
  const times = { activateAtMs: null, deactivateAtMs: null }
  const place = { destination: `d${transfer}`, destinations: [] }
  await state.begin({ transfer, ...place, ...times, manifest: signed(1), ticket: signed(2) })
  await state.keepReceived({ transfer, durable: new Uint8Array(0), tables: new Map(), receipt: signed(transfer) })
}

describe('heartbeats', () => {
  test('are answered with their number and the condition of the terminal', async () => {
    const { clock, main, control, startMain, connections } = await world()
    await startMain()
    control.start()
    await clock.advance(100)
    main.conversation?.send('heartbeat', { sequence: 1 })
    await clock.advance(100)
    expect(main.of('heartbeat')).toEqual([
      { sequence: 0, transfers: 2, freeBytes: 1000 },
      { sequence: 1, transfers: 2, freeBytes: 1000 },
    ])
    expect(connections()).toBe(1)
  })

  test('are answered even when the condition cannot be told', async () => {
    const { clock, main, control, startMain } = await world({
      condition: () => Promise.reject(Object.assign(new Error('the inbox is gone'), { code: 'ENOENT' })),
    })
    await startMain()
    control.start()
    await clock.advance(100)
    expect(main.of('heartbeat')).toEqual([{ sequence: 0 }])
  })
})

describe('receipts', () => {
  test('in the outbox are sent at every connection until the main server has them', async () => {
    const { clock, main, control, startMain, state } = await world()
    await received(state, 1)
    await received(state, 2)
    await startMain()
    control.start()
    await clock.advance(100)
    expect(main.of('receipt').map(({ receipt }) => receipt.payload[0])).toEqual([1, 2])

    main.confirms = true
    main.conversation?.close()
    await clock.advance(1_000)
    expect(main.of('receipt').map(({ receipt }) => receipt.payload[0])).toEqual([1, 2, 1, 2])
    expect(state.outbox.list()).toEqual([])

    main.conversation?.close()
    await clock.advance(1_000)
    expect(main.dials).toHaveLength(3)
    expect(main.of('receipt')).toHaveLength(4)
  })

  test('given while there is no connection are sent once there is', async () => {
    const { clock, main, control, startMain, state } = await world()
    control.start()
    await clock.advance(100)
    await received(state, 1)
    control.receipt({ transfer: 1, state: 'received', receipt: signed(1), error: null })
    await startMain()
    await clock.advance(20_000)
    expect(main.of('receipt')).toEqual([{ receipt: signed(1), state: 'received', error: null, hook: false }])
  })
})

describe('a main server that cannot be reached', () => {
  test('is tried again, ever more rarely up to a bound, and for ever', async () => {
    const { clock, main, control, memory, startMain, connections, log } = await world()
    await startMain()
    control.start()
    await clock.advance(100)
    memory.kill('main')
    await clock.advance(600_000)
    const tries = log.lines.filter(({ event }) => event === 'the main server cannot be reached').length
    // A first try after at most 1.5 × the first pause; later ones between half and one and a half of the last.
    expect(tries).toBeGreaterThan(600_000 / (1.5 * LIMITS.reconnectLastMs) - 10)
    expect(tries).toBeLessThan(600_000 / (0.5 * LIMITS.reconnectLastMs) + 10)
    await startMain()
    await clock.advance(1.5 * LIMITS.reconnectLastMs + 100)
    expect(connections()).toBe(2)
    expect(main.dials).toHaveLength(2)
  })

  test('is tried again soon after a connection that held', async () => {
    const { clock, main, control, startMain } = await world()
    control.start()
    await clock.advance(60_000)
    await startMain()
    await clock.advance(20_000)
    const closedMs = clock.monotonic()
    main.conversation?.close()
    await clock.advance(5_000)
    expect(main.dials).toHaveLength(2)
    expect((main.dials[1] ?? 0) - closedMs).toBeLessThan(1.5 * LIMITS.reconnectFirstMs + 100)
  })
})

describe('a main server that will not have the terminal', () => {
  test('is not asked again', async () => {
    const { clock, main, control, startMain, rejections } = await world()
    main.refuseWith = new TreecastError('E_NOT_AUTHORISED', 'this terminal was revoked')
    await startMain()
    control.start()
    await clock.advance(600_000)
    expect(rejections).toMatchObject([{ code: 'E_NOT_AUTHORISED', message: 'this terminal was revoked' }])
    expect(main.dials).toHaveLength(1)
  })

  test('or shows another certificate, is not asked again', async () => {
    const { clock, main, control, memory, rejections } = await world()
    await main.listen(memory.host('main', 'another'.padEnd(43, '_')))
    control.start()
    await clock.advance(600_000)
    expect(rejections).toMatchObject([{ code: 'E_WRONG_PEER' }])
  })

  test('for now is asked again', async () => {
    const { clock, main, control, startMain, rejections } = await world()
    main.refuseWith = new TreecastError('E_STARTING', 'not yet')
    await startMain()
    control.start()
    await clock.advance(60_000)
    expect(rejections).toEqual([])
    expect(main.dials.length).toBeGreaterThan(3)
  })
})

describe('a control connection that is stopped', () => {
  test('closes its link and dials no more', async () => {
    const { clock, main, control, startMain } = await world()
    await startMain()
    control.start()
    await clock.advance(100)
    control.stop()
    await clock.advance(60_000)
    expect([main.dials.length, main.conversation?.open]).toEqual([1, false])
  })

  test('while it dials closes the link that comes of it', async () => {
    const { clock, main, control, startMain } = await world()
    await startMain()
    control.start()
    await clock.advance(3)
    control.stop()
    await clock.advance(60_000)
    expect(main.dials).toHaveLength(1)
    expect(main.heard).toEqual([])
  })
})

test('what the main server says of transfers is handed on, and what is about the connection is not', async () => {
  const { clock, main, control, startMain, told } = await world()
  await startMain()
  control.start()
  await clock.advance(100)
  main.conversation?.send('cancel', { transfer: 7, code: 'E_CANCELLED', message: 'called off' })
  main.conversation?.send('heartbeat', { sequence: 1 })
  main.conversation?.send('receiptKept', { transfer: 7, state: 'received' })
  const own = { manifest: signed(1), ticket: signed(2) }
  main.conversation?.send('reroute', { ...own, stripe: 8, upstream: signed(3), order: 1 })
  await clock.advance(100)
  expect(told).toEqual(['cancel', 'reroute'])
})
