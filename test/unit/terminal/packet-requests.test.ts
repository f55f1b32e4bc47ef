import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Conversation } from '../../../src/link/conversation.ts'
import { PacketRequests } from '../../../src/terminal/packet-requests.ts'
import { Upstream } from '../../../src/terminal/upstream.ts'
import { LIMITS } from '../../../src/wire/limits.ts'

const PACKET_BYTES = 16_384
const NOBODY = {} as Conversation

/** A terminal's requests in a content of so many packets, all of them described. */
class Terminal {
  readonly held = new Set<number>()
  readonly requests: PacketRequests
  nowMs = 0

  constructor(stripes: number, packets: number) {
    this.requests = new PacketRequests({
      ...{ stripes, packetBytes: PACKET_BYTES, startedAtMs: 0 },
      known: () => packets,
      has: (index) => this.held.has(index),
    })
  }

  use(stripe: number, handle = stripe + 1, requests = NOBODY): Upstream {
    const facts = { handle, stripe, requests, packetBytes: PACKET_BYTES, nextTable: 0, nowMs: this.nowMs }
    this.requests.drop(stripe, this.nowMs)
    const upstream = new Upstream(facts)
    this.requests.use(upstream)
    return upstream
  }

  ask = (upstream: Upstream) => this.requests.ask(upstream, this.nowMs, 0)
  help = (upstream: Upstream) => this.requests.help(upstream, this.nowMs)

  /** The upstream sends a packet that was asked of it. */
  send(upstream: Upstream, index: number): void {
    upstream.heard(this.nowMs, PACKET_BYTES)
    this.requests.settle(upstream, index)
    this.requests.came(index)
    this.held.add(index)
  }

  /** The upstream sends all that it owes, one packet every `paceMs`. */
  sendAll(upstream: Upstream, paceMs: number): void {
    for (let owed = [...upstream.asked.keys()]; owed.length > 0; owed = [...upstream.asked.keys()]) {
      for (const index of owed) {
        this.nowMs += paceMs
        this.send(upstream, index)
      }
      this.ask(upstream)
    }
  }
}

describe('an upstream', () => {
  test('is asked for the packets of its stripe, in order, until its window is full', () => {
    const terminal = new Terminal(3, 1000)
    const upstream = terminal.use(1)
    const asked = terminal.ask(upstream)
    expect(asked).toEqual(Array.from({ length: LIMITS.firstWindowBytes / PACKET_BYTES }, (_, k) => 1 + 3 * k))
    expect(terminal.ask(upstream)).toEqual([])
  })

  test('is asked again in batches, when it owes no more than half of its window', () => {
    const terminal = new Terminal(1, 1000)
    const upstream = terminal.use(0)
    const [window, half] = [LIMITS.firstWindowBytes / PACKET_BYTES, LIMITS.firstWindowBytes / PACKET_BYTES / 2]
    const asked = terminal.ask(upstream)
    for (const [k, index] of asked.slice(0, half).entries()) {
      expect({ k, asked: terminal.ask(upstream) }).toEqual({ k, asked: [] })
      terminal.requests.settle(upstream, index)
      terminal.held.add(index)
    }
    expect(terminal.ask(upstream)).toEqual(Array.from({ length: half }, (_, k) => window + k))
  })

  test.each([
    ['half a second', undefined, 500],
    ['that and the time that a request takes', 600, 1100],
  ])('owes what it sends in %s, once its rate is known', (_, roundTripMs, windowMs) => {
    const terminal = new Terminal(1, 100_000)
    const upstream = terminal.use(0, 1, { roundTripMs } as Conversation)
    terminal.ask(upstream)
    for (let sent = 0; sent < 1000; sent++) {
      terminal.nowMs += 20
      terminal.send(upstream, [...upstream.asked.keys()][0] as number)
      terminal.ask(upstream)
    }
    const windowBytes = (windowMs / 20) * PACKET_BYTES
    expect(upstream.askedBytes).toBeLessThanOrEqual(windowBytes)
    expect(upstream.askedBytes).toBeGreaterThan(windowBytes / 2)
  })

  test('is asked ahead for what two stripes bring in the mean, so that those who share a line come to share it evenly', () => {
    const terminal = new Terminal(2, 100_000)
    const [quick, slow] = [terminal.use(0), terminal.use(1)]
    const pacesMs = new Map([
      [quick, 10],
      [slow, 15],
    ])
    for (; terminal.nowMs < 5_000; terminal.nowMs += 5) {
      for (const [upstream, paceMs] of pacesMs) {
        terminal.ask(upstream)
        const [index] = upstream.asked.keys()
        if (terminal.nowMs % paceMs === 0 && index !== undefined) terminal.send(upstream, index)
      }
    }
    const bytesPerSecond = [100, 66.7].map((packets) => packets * PACKET_BYTES)
    expect(quick.rate.bytesPerSecond).toBeCloseTo(bytesPerSecond[0] ?? 0, -5)
    const meanBytesPerSecond = 83 * PACKET_BYTES
    expect(quick.windowBytes(meanBytesPerSecond)).toBe(slow.windowBytes(meanBytesPerSecond))
    for (const upstream of [quick, slow]) {
      expect(upstream.askedBytes).toBeLessThanOrEqual(meanBytesPerSecond * 0.55)
      expect(upstream.askedBytes).toBeGreaterThan(meanBytesPerSecond * 0.2)
    }
  })

  test('that is far from the mean has a reason of its own', () => {
    const terminal = new Terminal(1, 100_000)
    const upstream = terminal.use(0)
    for (let sent = 0; sent < 100; sent++) {
      terminal.nowMs += 10
      upstream.heard(terminal.nowMs, PACKET_BYTES)
    }
    const ahead = 0.5 * (upstream.rate.bytesPerSecond ?? 0)
    expect(upstream.windowBytes(1e9)).toBeCloseTo(2 * ahead)
    expect(upstream.windowBytes(1)).toBeCloseTo(ahead / 2)
  })

  test('that is replaced leaves what it owed to the next', () => {
    const terminal = new Terminal(2, 10)
    expect(terminal.ask(terminal.use(0))).toEqual([0, 2, 4, 6, 8])
    expect(terminal.ask(terminal.use(0, 7))).toEqual([0, 2, 4, 6, 8])
  })
})

describe('a stripe without an upstream', () => {
  test('is asked of another, if held, once it has waited and the other has nothing else to send', () => {
    const terminal = new Terminal(2, 10)
    const other = terminal.use(1)
    terminal.ask(other)
    terminal.nowMs = LIMITS.helpAfterMs - 1
    terminal.sendAll(other, 0)
    expect(terminal.help(other)).toEqual([])
    terminal.nowMs = LIMITS.helpAfterMs + 100
    expect(terminal.help(other)).toEqual([0, 2, 4, 6, 8])
    expect(terminal.requests.owes(other)).toBe(false)
  })

  test('is not asked of one that has its own packets to send', () => {
    const terminal = new Terminal(2, 1000)
    const other = terminal.use(1)
    terminal.nowMs = 10_000
    terminal.ask(other)
    expect(terminal.help(other)).toEqual([])
  })

  test('what the other does not hold is asked of it again later, and of a new upstream at once', () => {
    const terminal = new Terminal(2, 4)
    const other = terminal.use(1)
    terminal.ask(other)
    terminal.sendAll(other, 1)
    terminal.nowMs = 1000
    expect(terminal.help(other)).toEqual([0, 2])
    for (const index of [0, 2]) {
      expect(terminal.requests.settle(other, index)).toBe('asked if held')
      terminal.requests.lacks(other, index, terminal.nowMs)
    }
    terminal.nowMs += LIMITS.askAgainMs - 1
    expect(terminal.help(other)).toEqual([])
    terminal.nowMs += 100
    expect(terminal.help(other)).toEqual([0, 2])
    for (const index of [0, 2]) {
      terminal.requests.settle(other, index)
      terminal.requests.lacks(other, index, terminal.nowMs)
    }
    expect(terminal.ask(terminal.use(0))).toEqual([0, 2])
  })
})

describe('a slow upstream', () => {
  /** Stripe 0 at a tenth of the pace of stripe 1, which is done. */
  function slowed() {
    const terminal = new Terminal(2, 72)
    const [slow, fast] = [terminal.use(0), terminal.use(1)]
    terminal.ask(slow)
    terminal.ask(fast)
    terminal.sendAll(fast, 5)
    for (const index of [0, 2, 4, 6, 8, 10]) {
      terminal.nowMs += 50
      terminal.send(slow, index)
    }
    terminal.ask(slow)
    return { terminal, slow, fast }
  }

  test('is helped with the last half of what it owes, and nobody is asked for that a third time', () => {
    const { terminal, slow, fast } = slowed()
    const owed = [...slow.asked.keys()]
    const helped = terminal.help(fast)
    expect(helped.filter((index) => owed.includes(index))).toEqual(owed.slice(-Math.ceil(owed.length / 2)))
    for (const index of helped) terminal.send(fast, index)
    for (const index of helped) expect(slow.asked.has(index)).toBe(false)
  })

  test('that falls silent is helped with everything', () => {
    const { terminal, slow, fast } = slowed()
    const owed = [...slow.asked.keys()]
    terminal.nowMs += 10_000
    terminal.use(1, 9)
    const [, other] = terminal.requests.upstreams()
    expect(terminal.help(other ?? fast)).toEqual(expect.arrayContaining(owed))
  })

  test('that will be done soon is left alone', () => {
    const terminal = new Terminal(2, 40)
    const [slow, fast] = [terminal.use(0), terminal.use(1)]
    terminal.ask(slow)
    terminal.ask(fast)
    for (let index = 0; index < 40; index++) {
      terminal.nowMs += 10
      if (index < 36 || index % 2 === 1) terminal.send(index % 2 === 0 ? slow : fast, index)
    }
    expect(terminal.help(fast)).toEqual([])
  })
})

/** A helper that was asked for the last packet is replaced after the one whose packet it is. */
const OWED_BY_TWO = {
  stripes: 2,
  packets: 1,
  events: [
    { kind: 'ask' as const, stripe: 0, pick: 0 },
    { kind: 'time' as const, stripe: 0, pick: 501 },
    { kind: 'help' as const, stripe: 1, pick: 0 },
  ],
}

test('whatever comes, fails or is lost, every packet is asked for until it is here, and none that is here', () => {
  const event = fc.record({
    kind: fc.constantFrom('ask', 'help', 'came', 'lost', 'lacking', 'bad', 'time'),
    stripe: fc.nat(3),
    pick: fc.nat(1000),
  })
  const task = fc.record({
    stripes: fc.integer({ min: 1, max: 4 }),
    packets: fc.integer({ min: 0, max: 60 }),
    events: fc.array(event, { maxLength: 80 }),
  })
  fc.assert(
    fc.property(task, ({ stripes, packets, events }) => {
      const terminal = new Terminal(stripes, packets)
      for (let stripe = 0; stripe < stripes; stripe++) terminal.use(stripe)
      for (const { kind, stripe: drawn, pick } of events) {
        const stripe = drawn % stripes
        const upstream = terminal.requests.upstream(stripe) as Upstream
        const owed = [...upstream.asked]
        const [index, how] = owed[pick % Math.max(1, owed.length)] ?? []
        if (kind === 'time') terminal.nowMs += pick
        else if (kind === 'lost') terminal.use(stripe, 10 + pick)
        else if (kind === 'ask' || kind === 'help') {
          for (const fresh of terminal[kind](upstream)) expect(terminal.held.has(fresh)).toBe(false)
        } else if (index === undefined) continue
        else if (kind === 'came') terminal.send(upstream, index)
        else {
          terminal.requests.settle(upstream, index)
          if (how?.ifHeld === true && kind === 'lacking') terminal.requests.lacks(upstream, index, terminal.nowMs)
          else terminal.requests.again(index)
        }
        for (let packet = 0; packet < packets; packet++) {
          const askedOf = terminal.requests.upstreams().filter(({ asked }) => asked.has(packet))
          expect(askedOf.length).toBeLessThanOrEqual(terminal.held.has(packet) ? 0 : 2)
        }
      }
      for (let stripe = 0; stripe < stripes; stripe++) terminal.use(stripe, 99)
      // As reception does it: whenever one upstream changes, all are asked, for what one owed may be another's to send.
      for (const upstream of terminal.requests.upstreams()) {
        terminal.ask(upstream)
        terminal.sendAll(upstream, 1)
      }
      expect(terminal.held.size).toBe(packets)
    }),
    { examples: [[OWED_BY_TWO]] },
  )
})
