import { describe, expect, test } from 'vitest'
import { VirtualClock } from '../../../src/system/virtual-clock.ts'
import { SendLimit } from '../../../src/terminal/send-limit.ts'

const RATE = 1_000_000
const KIB = 1024

interface Flow {
  readonly transfer: object
  readonly packetBytes: number
  /** How fast its own link is. */
  readonly linkBytesPerSecond?: number
  /** How long it takes to make the next packet ready. */
  readonly readyMs?: number
}

/** Flows that send one packet after the other for ever, and what went out when. */
function sending(clock: VirtualClock, limit: SendLimit) {
  const log: { readonly atMs: number; readonly bytes: number; readonly flow: Flow }[] = []
  const start = (flow: Flow) => {
    const child = {}
    const send = async () => {
      await limit.turn(flow.transfer, child, flow.packetBytes)
      log.push({ atMs: clock.monotonic(), bytes: flow.packetBytes, flow })
      const { linkBytesPerSecond = Number.POSITIVE_INFINITY, readyMs = 0 } = flow
      const linkMs = (flow.packetBytes / linkBytesPerSecond) * 1000 + readyMs
      if (linkMs === 0) void send()
      else clock.after(linkMs, () => void send())
    }
    void send()
    return flow
  }
  const sent = (fromMs: number, untilMs: number, wanted?: Flow) =>
    log
      .filter(({ atMs, flow }) => atMs >= fromMs && atMs < untilMs && (wanted ?? flow) === flow)
      .reduce((sum, { bytes }) => sum + bytes, 0)
  return { start, sent }
}

describe('a limited sender', () => {
  test('keeps the rate within 5 % over every second, from the first on', async () => {
    const clock = new VirtualClock()
    const { start, sent } = sending(clock, new SendLimit(clock, RATE))
    const transfer = {}
    for (const packetBytes of [4 * KIB, 16 * KIB, 16 * KIB]) start({ transfer, packetBytes })
    const startedMs = clock.monotonic()
    await clock.advance(10_000)
    for (let fromMs = startedMs; fromMs <= startedMs + 9_000; fromMs += 100) {
      const bytes = sent(fromMs, fromMs + 1000)
      expect(Math.abs(bytes - RATE)).toBeLessThanOrEqual(0.05 * RATE)
    }
  })

  test('that had nothing to send for a while does not make up for it', async () => {
    const clock = new VirtualClock()
    const limit = new SendLimit(clock, RATE)
    const { start, sent } = sending(clock, limit)
    await limit.turn({}, {}, 16 * KIB)
    await clock.advance(60_000)
    start({ transfer: {}, packetBytes: 16 * KIB })
    const startedMs = clock.monotonic()
    await clock.advance(1_000)
    expect(sent(startedMs, startedMs + 1000)).toBeLessThanOrEqual(1.05 * RATE)
  })

  test('takes a new limit at once, and none', async () => {
    const clock = new VirtualClock()
    const limit = new SendLimit(clock, 1_000)
    let turns = 0
    const transfer = {}
    const count = () => {
      turns++
    }
    for (const child of [{}, {}, {}]) void limit.turn(transfer, child, 1_000_000)?.then(count)
    await clock.advance(1_000)
    expect(turns).toBe(1)
    limit.allow(1_000_000)
    await clock.advance(500)
    expect(turns).toBe(2)
    limit.allow(undefined)
    await clock.advance(0)
    expect(turns).toBe(3)
    expect(limit.turn(transfer, {}, 1_000_000)).toBeUndefined()
  })
})

describe('transfers and children that share a limit', () => {
  test('two transfers get the same, however many children and however large packets one has', async () => {
    const clock = new VirtualClock()
    const { start, sent } = sending(clock, new SendLimit(clock, RATE))
    const [large, small] = [{}, {}]
    const flows = [1, 2, 3].map(() => start({ transfer: large, packetBytes: 64 * KIB }))
    const single = start({ transfer: small, packetBytes: 4 * KIB })
    await clock.advance(20_000)
    const untilMs = clock.monotonic() + 1
    const [first, ...others] = flows.map((flow) => sent(0, untilMs, flow)) as [number, number, number]
    expect((first + others[0] + others[1]) / sent(0, untilMs, single)).toBeCloseTo(1, 1)
    for (const bytes of others) expect(bytes / first).toBeCloseTo(1, 1)
  })

  test('nobody gets more because the others take a moment to make their small packets ready', async () => {
    const clock = new VirtualClock()
    const { start, sent } = sending(clock, new SendLimit(clock, RATE))
    const small = start({ transfer: {}, packetBytes: 4 * KIB, readyMs: 2 })
    const large = start({ transfer: {}, packetBytes: 256 * KIB, readyMs: 2 })
    await clock.advance(20_000)
    const untilMs = clock.monotonic() + 1
    expect(sent(0, untilMs, small) / sent(0, untilMs, large)).toBeGreaterThan(0.9)
    expect((sent(0, untilMs, small) + sent(0, untilMs, large)) / (20 * RATE)).toBeGreaterThan(0.95)
  })

  test('what a child on a slow link cannot use goes to the others', async () => {
    const clock = new VirtualClock()
    const { start, sent } = sending(clock, new SendLimit(clock, RATE))
    const transfer = {}
    const slow = start({ transfer, packetBytes: 16 * KIB, linkBytesPerSecond: RATE / 10 })
    const fast = start({ transfer, packetBytes: 16 * KIB })
    await clock.advance(20_000)
    const untilMs = clock.monotonic() + 1
    expect(sent(0, untilMs, slow) / (20 * RATE)).toBeGreaterThan(0.08)
    expect(sent(0, untilMs, fast) / (20 * RATE)).toBeGreaterThan(0.88)
  })

  test('a transfer that begins late gets its share from then on, and no more', async () => {
    const clock = new VirtualClock()
    const { start, sent } = sending(clock, new SendLimit(clock, RATE))
    const early = start({ transfer: {}, packetBytes: 16 * KIB })
    await clock.advance(10_000)
    const late = start({ transfer: {}, packetBytes: 16 * KIB })
    const fromMs = clock.monotonic()
    await clock.advance(2_000)
    expect(sent(fromMs, fromMs + 2_000, late) / sent(fromMs, fromMs + 2_000, early)).toBeCloseTo(1, 1)
  })
})
