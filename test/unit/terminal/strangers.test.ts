import { describe, expect, onTestFinished, test } from 'vitest'
import { type Conversation, openConversation } from '../../../src/link/conversation.ts'
import type { Link } from '../../../src/link/link.ts'
import { createMemoryNetwork } from '../../../src/link/memory-network.ts'
import { codeOf } from '../../../src/system/errors.ts'
import { createMemoryLog } from '../../../src/system/memory-log.ts'
import { seededRandom } from '../../../src/system/random.ts'
import { VirtualClock } from '../../../src/system/virtual-clock.ts'
import { SocketControl, type SocketUser } from '../../../src/terminal/socket-control.ts'
import { LIMITS } from '../../../src/wire/limits.ts'
import { Cluster } from '../../support/cluster/cluster.ts'
import { EXAMPLE_REQUEST } from '../../support/wire/example-messages.ts'

const ADDRESS = { host: 't1', port: 7717 }
/** Longer than anything takes on the modelled network, shorter than any deadline. */
const ROUND_TRIPS_MS = 20
const ignore = () => undefined

/** A terminal that admits whoever shows a ticket, and strangers that dial it. */
class World {
  readonly clock = new VirtualClock()
  readonly log = createMemoryLog()
  readonly endings: (string | undefined)[] = []
  readonly #memory = createMemoryNetwork({ clock: this.clock, random: seededRandom(1), latencyMs: 1 })
  readonly #sockets: SocketControl
  readonly #stranger = this.#memory.host('stranger', 'of stranger')

  constructor() {
    const user: SocketUser = {
      welcome: (conversation) =>
        conversation.attach({
          message: ({ name }) => {
            if (name === 'ticket') conversation.admit()
          },
          closed: (error) => this.endings.push(error && codeOf(error)),
        }),
      ...{ summon: ignore, message: ignore, packet: ignore, drained: ignore, closed: ignore },
    }
    const network = this.#memory.host('t1', 'of t1')
    const facts = { role: 'terminal', software: 'test', leaf: false } as const
    this.#sockets = new SocketControl({ network, clock: this.clock, log: this.log, ...facts }, user)
    onTestFinished(() => this.#sockets.stop())
  }

  async start(): Promise<this> {
    await this.#sockets.start(ADDRESS)
    return this
  }

  /** Links on which nothing is said yet. */
  async dial(links: number): Promise<Link[]> {
    const dialled = Array.from({ length: links }, () =>
      this.#stranger.dial(ADDRESS, { expect: 'of t1', deadlineMs: 1000 }),
    )
    await this.settle()
    return Promise.all(dialled)
  }

  /** Links on which HELLO was said, and answered. */
  async greet(links: number, purpose: 'data' | 'requests' = 'requests'): Promise<Conversation[]> {
    const hello = { role: 'terminal', purpose, software: 'test' } as const
    const conversations = (await this.dial(links)).map((link) => openConversation(link, hello, this.clock))
    for (const conversation of conversations) conversation.attach({ message: ignore })
    await this.settle()
    return conversations
  }

  settle(): Promise<void> {
    return this.clock.advance(ROUND_TRIPS_MS)
  }
}

const ticket = { ticket: EXAMPLE_REQUEST.ticket }

describe('a peer that says HELLO and never shows a ticket', () => {
  test.each(['data', 'requests'] as const)('loses its %s link in time', async (purpose) => {
    const world = await new World().start()
    const [stranger] = await world.greet(1, purpose)
    await world.clock.advance(LIMITS.authoriseMs - 3 * ROUND_TRIPS_MS)
    expect([stranger?.open, world.endings]).toEqual([true, []])
    await world.clock.advance(3 * ROUND_TRIPS_MS)
    expect([stranger?.open, world.endings]).toEqual([false, ['E_DEADLINE']])
    expect(world.log.lines.map(({ event }) => event)).toEqual(['a peer was turned away'])
  })

  test('keeps it when the ticket comes before that', async () => {
    const world = await new World().start()
    const [peer] = await world.greet(1)
    await world.clock.advance(LIMITS.authoriseMs - 3 * ROUND_TRIPS_MS)
    peer?.send('ticket', ticket)
    await world.clock.advance(LIMITS.authoriseMs)
    expect([peer?.open, world.endings]).toEqual([true, []])
  })
})

describe('strangers at one listener', () => {
  test('are so many at most: the one that has waited longest gives way', async () => {
    const world = await new World().start()
    const [first] = await world.greet(1)
    const others = await world.greet(LIMITS.strangerLinks - 1)
    expect([first?.open, world.endings]).toEqual([true, []])
    const [latest] = await world.greet(1)
    expect([first?.open, latest?.open, world.endings]).toEqual([false, true, ['E_STRANGERS']])
    expect(others.every(({ open }) => open)).toBe(true)
  })

  test('count before their HELLO', async () => {
    const world = await new World().start()
    const [silent] = await world.dial(1)
    await world.greet(LIMITS.strangerLinks)
    const codes: (string | undefined)[] = []
    silent?.attach({ frame: ignore, closed: (error) => codes.push(error && codeOf(error)) })
    await world.settle()
    expect(codes).toEqual(['E_LINK_LOST'])
  })

  test('are not those that were admitted, nor those that are gone', async () => {
    const world = await new World().start()
    const [first] = await world.greet(1)
    for (const [k, peer] of (await world.greet(LIMITS.strangerLinks - 1)).entries()) {
      if (k % 2 === 0) peer.send('ticket', ticket)
      else peer.close()
    }
    await world.settle()
    await world.greet(LIMITS.strangerLinks - 1)
    expect(first?.open).toBe(true)
    await world.greet(1)
    expect(first?.open).toBe(false)
  })
})

describe('in a network', () => {
  test('whoever takes part in a transfer keeps its links, however long nothing is to be sent', async () => {
    const cluster = await Cluster.start(3)
    const transfer = await cluster.main.begin({ transfer: 1, fanOut: 1 }, cluster.targets())
    transfer.start()
    await cluster.until(() => transfer.routes.size === 3)
    await cluster.clock.advance(2 * LIMITS.authoriseMs)
    await transfer.feed(seededRandom(2).bytes(10_000))
    await cluster.delivered(transfer)
    const codes = transfer.failures.map(({ failure }) => failure.code)
    expect(codes.filter((code) => code === 'E_LINK_LOST' || code === 'E_CLOSED')).toEqual([])
  })

  test.each(['data', 'requests'] as const)(
    'a terminal closes the %s link of one that shows nothing',
    async (purpose) => {
      const cluster = await Cluster.start(1)
      const { address, fingerprint } = cluster.terminal('t1').member
      const dialled = cluster.host(cluster.enrol('stranger')).dial(address, { expect: fingerprint, deadlineMs: 1000 })
      await cluster.clock.advance(ROUND_TRIPS_MS)
      const hello = { role: 'terminal', purpose, software: 'test' } as const
      const stranger = openConversation(await dialled, hello, cluster.clock)
      const codes: (string | undefined)[] = []
      stranger.attach({ message: ignore, closed: (error) => codes.push(error && codeOf(error)) })
      await cluster.clock.advance(LIMITS.authoriseMs - 3 * ROUND_TRIPS_MS)
      expect(codes).toEqual([])
      await cluster.clock.advance(4 * ROUND_TRIPS_MS)
      expect(codes).toEqual(['E_LINK_LOST'])
    },
  )
})
