import { describe, expect, onTestFinished, test } from 'vitest'
import { createMemoryNetwork } from '../../../src/link/memory-network.ts'
import type { DeliveryView } from '../../../src/server/delivery-view.ts'
import { Distribution } from '../../../src/server/distribution.ts'
import { RateMeter } from '../../../src/server/rate-meter.ts'
import { SourceRates } from '../../../src/server/source-rates.ts'
import { silentLog } from '../../../src/system/log.ts'
import { createMemoryFiles } from '../../../src/system/memory-files.ts'
import { seededRandom } from '../../../src/system/random.ts'
import { VirtualClock } from '../../../src/system/virtual-clock.ts'
import { SocketControl } from '../../../src/terminal/socket-control.ts'
import { LIMITS } from '../../../src/wire/limits.ts'
import { createMember, type Member } from '../../support/cluster/member.ts'
import { issueTicket, openLibrary, signTransfer } from '../../support/cluster/signed-transfer.ts'

const nobody = { welcome() {}, summon() {}, message() {}, packet() {}, drained() {}, closed() {} }

/** A transfer of two stripes to one terminal that nobody can reach. */
async function distribute({ failed = () => {} }: { failed?: () => void } = {}) {
  const random = seededRandom(8)
  const clock = new VirtualClock()
  const [main, web7] = [createMember('main', random), createMember('web7', random)] as [Member, Member]
  const signed = signTransfer(main, { transfer: 1, stripes: 2 }, random)
  const network = createMemoryNetwork({ clock, random }).host('main', main.fingerprint)
  const file = await createMemoryFiles().open('/content', 'create')
  const delivery: DeliveryView = {
    ...{ handle: 1, node: web7.nodeId, name: web7.name, rank: 1, leaf: false, state: 'planned' },
    held: issueTicket(main, web7, signed, { handle: 1, random }),
    ...{
      upstreams: [null, null],
      depth: null,
      sources: new SourceRates(),
      bytes: 0,
      packets: 0,
      rate: new RateMeter(),
      takenBytesPerSecond: null,
      responseMs: null,
    },
    ...{
      startedAtMs: null,
      finishedAtMs: null,
      attempts: 0,
      refused: 0,
      error: null,
      livelyAtMs: 0,
      hookSinceMs: null,
      routedAtMs: [],
    },
  }
  const distribution = new Distribution({
    ...{ clock, log: silentLog, tree: 'striped', plan: undefined, ...signed },
    sockets: new SocketControl({ network, clock, log: silentLog, role: 'main', software: 'test', leaf: false }, nobody),
    content: openLibrary({ main, signed, file }).content,
    deliveries: [delivery],
    events: {
      changed: () => undefined,
      moved: () => undefined,
      responded: () => undefined,
      delivered: () => undefined,
      failed,
      refused: () => undefined,
      isPresent: () => true,
      reroute: () => undefined,
    },
  })
  onTestFinished(() => distribution.stop())
  return { clock, distribution, delivery, node: web7.nodeId }
}

describe('a route ack', () => {
  test('sets the upstream of its stripe', async () => {
    const { distribution, delivery, node } = await distribute()
    distribution.routeAck(node, { transfer: 1, stripe: 1, upstream: 0, depth: 1 })
    expect([delivery.state, delivery.upstreams, delivery.depth]).toEqual(['routed', [null, 0], 1])
  })

  test.each([2, 65_535])('for stripe %i, which the transfer does not have, is not believed', async (stripe) => {
    const { distribution, delivery, node } = await distribute()
    distribution.routeAck(node, { transfer: 1, stripe, upstream: 0, depth: 1 })
    expect([delivery.state, delivery.upstreams, delivery.attempts]).toEqual(['planned', [null, null], 0])
  })
})

describe('a failure', () => {
  const failure = {
    transfer: 1,
    about: 'upstream',
    handle: 0,
    code: 'E_NO_UPSTREAM',
    message: '',
    final: false,
  } as const
  /** Whether its terminal is dialled because of it, in vain. */
  const isTried = async (stripe: number) => {
    const { clock, distribution, delivery, node } = await distribute()
    distribution.failure(node, { ...failure, stripe })
    await clock.advance(LIMITS.dialMs)
    return delivery.state === 'failed'
  }

  test('of an upstream makes the main server serve the stripe itself', async () => {
    expect(await isTried(1)).toBe(true)
  })

  test('in a stripe that the transfer does not have means nothing', async () => {
    expect(await isTried(2)).toBe(false)
  })
})

test('what was called off keeps its reason when it is called off again, as by the end of the link of who called it off', async () => {
  const { distribution, delivery, node } = await distribute()
  const reason = { code: 'E_PATH_CHANGED', message: 'the file was written to' }
  expect(distribution.cancel(reason)).toEqual([node])
  expect(distribution.cancel({ code: 'E_PUSHER_GONE', message: 'the pusher went away' })).toEqual([])
  expect([delivery.state, delivery.error]).toEqual(['cancelled', reason])
})

describe('a terminal that cannot take the content', () => {
  const speaksAgainst = async (code: string) => {
    let faults = 0
    const { distribution, delivery, node } = await distribute({ failed: () => faults++ })
    const failure = { transfer: 1, stripe: 0, about: 'self', handle: 1, code, message: '', final: true } as const
    distribution.failure(node, failure)
    expect(delivery.state).toBe('failed')
    return faults > 0
  }

  test.each(['E_NO_SPACE', 'E_PATH_UNREADABLE'])('by its own fault, %s, ranks lower for it', async (code) => {
    expect(await speaksAgainst(code)).toBe(true)
  })

  test.each(['E_DESTINATION_BLOCKED', 'E_SUPERSEDED', 'E_EXPIRED'])(
    'because of what was asked of it, %s, does not',
    async (code) => {
      expect(await speaksAgainst(code)).toBe(false)
    },
  )
})

describe('a terminal that comes back', () => {
  test('where it listened before goes on with its ticket', async () => {
    const { distribution, delivery, node } = await distribute()
    expect(distribution.arrived(node, delivery.held?.ticket.address ?? '')).toBeUndefined()
  })

  test.each(['planned', 'receiving', 'received'] as const)(
    'at another address needs a new ticket while its delivery is %s',
    async (state) => {
      const { distribution, delivery, node } = await distribute()
      delivery.state = state
      expect(distribution.arrived(node, 'web7.example:9999')).toBe(delivery)
    },
  )

  test.each(['planned', 'received'] as const)(
    'after a restart of the main server needs a ticket while its delivery is %s',
    async (state) => {
      const { distribution, delivery, node } = await distribute()
      Object.assign(delivery, { state, held: undefined })
      expect(distribution.arrived(node, 'web7.example:9999')).toBe(delivery)
    },
  )

  test.each(['active', 'cancelled'] as const)('needs none any more when its delivery is %s', async (state) => {
    const { distribution, delivery, node } = await distribute()
    Object.assign(delivery, { state, held: undefined })
    expect(distribution.arrived(node, 'web7.example:9999')).toBeUndefined()
  })
})
