import { describe, expect, test } from 'vitest'
import type { NodeId } from '../../../src/identity/node-id.ts'
import type { DeliveryView } from '../../../src/server/delivery-view.ts'
import { GrowthMeter } from '../../../src/server/growth-meter.ts'
import { PossibleUpstreams } from '../../../src/server/possible-upstreams.ts'
import { Providers } from '../../../src/server/providers.ts'
import { Rescuer, type RescuerOptions } from '../../../src/server/rescuer.ts'
import { SourceRates } from '../../../src/server/source-rates.ts'
import { silentLog } from '../../../src/system/log.ts'
import { seededRandom } from '../../../src/system/random.ts'
import { VirtualClock } from '../../../src/system/virtual-clock.ts'
import { LIMITS } from '../../../src/wire/limits.ts'
import { createMember, type Member } from '../../support/cluster/member.ts'
import { issueTicket, signTransfer } from '../../support/cluster/signed-transfer.ts'

const AT_MS = 20_000

/** Holders 1 and 2 of a content that the main server does not have, and two terminals that get it from the first. */
async function twoHolders({ isHere = () => true }: { isHere?: (node: NodeId) => boolean } = {}) {
  const random = seededRandom(8)
  const clock = new VirtualClock()
  const [main, ...terminals] = ['main', 't1', 't2', 't3', 't4'].map((name) => createMember(name, random)) as [
    Member,
    ...Member[],
  ]
  const signed = signTransfer(main, { transfer: 1, stripes: 1, fanOut: 2 }, random)
  const deliveries = terminals.map((member, index): DeliveryView => {
    const [handle, isHolder] = [index + 1, index < 2]
    return {
      ...{ handle, node: member.nodeId, name: member.name, rank: handle, leaf: false },
      held: issueTicket(main, member, signed, { handle, random }),
      ...{ state: isHolder ? 'active' : 'receiving', upstreams: [isHolder ? null : 1], depth: 1 },
      ...{ sources: new SourceRates(), bytes: 0, packets: 0, rate: new GrowthMeter(), takenBytesPerSecond: null },
      ...{ responseMs: null, startedAtMs: 0, finishedAtMs: null, attempts: 1, diskMs: null, refused: 0, error: null },
      ...{ livelyAtMs: 0, hookSinceMs: null, routedAtMs: [], stripePackets: [], possible: new PossibleUpstreams() },
    }
  })
  const provided: string[] = []
  const sent: [string, number][] = []
  const nameOf = (node: NodeId) => deliveries.find((delivery) => delivery.node === node)?.name ?? ''
  const providers = new Providers({
    ...{ first: undefined, deliveries, ...signed, compression: 'auto', isPresent: isHere },
    provide: (node) => provided.push(nameOf(node)),
  })
  providers.serve([])
  const rescuer = new Rescuer({
    ...{ clock, log: silentLog, ...signed, deliveries, providers, isPresent: isHere },
    content: {} as RescuerOptions['content'],
    routing: { branches: { served: 0 } } as RescuerOptions['routing'],
    reroute: (node, { stripe }) => sent.push([nameOf(node), stripe]),
  })
  await clock.advance(AT_MS)
  const cannotProvide = (holder: number) => {
    const { node } = deliveries[holder - 1] as DeliveryView
    providers.failed(node)
    rescuer.providerFailed(node)
  }
  return { deliveries, provided, sent, rescuer, cannotProvide }
}

describe('when a holder cannot provide the content', () => {
  test('its children are sent to the next holder at once, which is asked to provide first', async () => {
    const { deliveries, provided, sent, cannotProvide } = await twoHolders()
    expect(provided).toEqual(['t1'])
    cannotProvide(1)
    expect(provided).toEqual(['t1', 't2', 't2'])
    expect(sent).toEqual([
      ['t3', 0],
      ['t4', 0],
    ])
    expect(deliveries.slice(2).map(({ upstreams }) => upstreams)).toEqual([[2], [2]])
  })

  test('those that wait have as much time as at the beginning', async () => {
    const { deliveries, cannotProvide } = await twoHolders()
    cannotProvide(1)
    expect(deliveries.map(({ livelyAtMs }) => livelyAtMs)).toEqual([0, 0, AT_MS, AT_MS])
  })

  test('they are not waited for any longer when it was the last', async () => {
    const { deliveries, sent, cannotProvide } = await twoHolders()
    cannotProvide(1)
    for (const delivery of deliveries) delivery.livelyAtMs = 0
    sent.length = 0
    cannotProvide(2)
    expect(sent).toEqual([])
    expect(deliveries.map(({ livelyAtMs }) => livelyAtMs)).toEqual([0, 0, 0, 0])
  })
})

describe('a terminal that nobody serves', () => {
  const lacks = { transfer: 1, stripe: 0, about: 'upstream', handle: 0, message: '', final: false } as const

  async function orphan({ holderFailed }: { holderFailed: boolean }) {
    const world = await twoHolders()
    const [, second, third, fourth] = world.deliveries as [DeliveryView, DeliveryView, DeliveryView, DeliveryView]
    // Nobody but the first holder could help, and it serves nobody.
    Object.assign(second, { leaf: true })
    Object.assign(third, { upstreams: [null] })
    Object.assign(fourth, { upstreams: [null] })
    if (holderFailed) world.cannotProvide(1)
    world.rescuer.upstreamFailed(fourth, { ...lacks, code: 'E_NO_UPSTREAM' })
    return world.sent
  }

  test('is sent to who provides the content', async () => {
    expect(await orphan({ holderFailed: false })).toEqual([['t4', 0]])
  })

  test('is not sent to one that could not provide it', async () => {
    expect(await orphan({ holderFailed: true })).toEqual([])
  })
})

/** While the main server has no room: t1, which has a part and may serve, and t2, whose relay could not bring it the transport request. */
async function unreached({ mayServe }: { mayServe: boolean }) {
  const adopted: { handle: number; stripe: number }[] = []
  const random = seededRandom(9)
  const clock = new VirtualClock()
  const [main, t1, t2] = ['main', 't1', 't2'].map((name) => createMember(name, random)) as [Member, Member, Member]
  const signed = signTransfer(main, { transfer: 1, stripes: 1, fanOut: 2 }, random)
  const ticketOf = (member: Member, handle: number) => issueTicket(main, member, signed, { handle, random })
  const common = {
    ...{
      leaf: false,
      depth: 1,
      sources: new SourceRates(),
      packets: 0,
      rate: new GrowthMeter(),
      diskMs: null,
      error: null,
    },
    ...{ takenBytesPerSecond: null, responseMs: null, startedAtMs: 0, finishedAtMs: null, attempts: 1, refused: 0 },
    ...{ hookSinceMs: null, routedAtMs: [], possible: new PossibleUpstreams() },
  }
  const holder: DeliveryView = {
    ...{ ...common, handle: 1, node: t1.nodeId, name: 't1', rank: 1, held: ticketOf(t1, 1), leaf: !mayServe },
    ...{ state: 'receiving', upstreams: [0], bytes: 4096, stripePackets: [1], livelyAtMs: 0 },
  }
  const held = ticketOf(t2, 2)
  const planned: DeliveryView = {
    ...{ ...common, handle: 2, node: t2.nodeId, name: 't2', rank: 2, held, possible: new PossibleUpstreams() },
    ...{ state: 'planned', upstreams: [7], bytes: 0, stripePackets: [], livelyAtMs: 0 },
  }
  const sent: Parameters<RescuerOptions['reroute']>[] = []
  const rescuer = new Rescuer({
    ...{ clock, log: silentLog, ...signed, deliveries: [holder, planned], providers: undefined },
    ...{ isPresent: () => true, content: {} as RescuerOptions['content'] },
    routing: { branches: { served: 100, adopted: () => adopted } } as unknown as RescuerOptions['routing'],
    reroute: (...said) => sent.push(said),
  })
  return { clock, signed, holder, planned, rescuer, sent, adopted }
}

describe('a terminal that its relay could not bring the transport request', () => {
  test('is sent to one that serves nobody, with all that it has to know of the transfer', async () => {
    const { clock, signed, holder, planned, rescuer, sent } = await unreached({ mayServe: true })
    rescuer.rescueLater(planned, 0)
    await clock.advance(LIMITS.promotionGraceMs)
    const documents = { manifest: signed.signedManifest, ticket: planned.held?.signed, upstream: holder.held?.signed }
    expect(sent).toEqual([[planned.node, { ...documents, stripe: 0, order: expect.any(Number) }]])
    expect(planned.upstreams).toEqual([holder.handle])
  })

  test('is sent there as soon as there is one: it cannot ask for it', async () => {
    const { clock, holder, planned, rescuer, sent } = await unreached({ mayServe: false })
    rescuer.rescueLater(planned, 0)
    rescuer.rescueLater(planned, 0)
    await clock.advance(LIMITS.promotionGraceMs)
    expect(sent).toEqual([])
    Object.assign(holder, { leaf: false, livelyAtMs: LIMITS.promotionGraceMs + LIMITS.orphanReportMs })
    await clock.advance(LIMITS.orphanReportMs)
    expect(sent.map(([node]) => node)).toEqual([planned.node])
  })

  test('is sent there, and not left to the main server, when it has heard of nobody for long', async () => {
    const { planned, rescuer, sent } = await unreached({ mayServe: true })
    expect(rescuer.askAgain(planned)).toBe(true)
    expect(sent.map(([node]) => node)).toEqual([planned.node])
  })

  test('is looked after no more once the transfer has ended', async () => {
    const { clock, holder, planned, rescuer, sent } = await unreached({ mayServe: false })
    expect(rescuer.askAgain(planned)).toBe(false)
    rescuer.stop()
    Object.assign(holder, { leaf: false, livelyAtMs: LIMITS.orphanReportMs })
    await clock.advance(LIMITS.orphanReportMs)
    expect(sent).toEqual([])
  })
})

describe('a terminal that the main server serves beyond its trees', () => {
  /** Served since its upstream was lost: t2, which has less than t1. */
  async function adoptedOne({ lost }: { lost: number }) {
    const world = await unreached({ mayServe: true })
    const { planned, rescuer, adopted, holder } = world
    Object.assign(planned, { state: 'receiving', upstreams: [lost], stripePackets: [0] })
    // Nobody else was there when it was lost.
    Object.assign(holder, { leaf: true })
    const lacks = { transfer: 1, stripe: 0, about: 'upstream', handle: 0, message: '', final: false } as const
    rescuer.upstreamFailed(planned, { ...lacks, code: 'E_NO_UPSTREAM' })
    Object.assign(holder, { leaf: false })
    Object.assign(planned, { upstreams: [0] })
    adopted.push({ handle: planned.handle, stripe: 0 })
    return world
  }

  test('is sent to another as soon as one has room', async () => {
    const { holder, planned, rescuer, sent } = await adoptedOne({ lost: 7 })
    rescuer.relieve()
    expect(sent.map(([node, { upstream }]) => [node, upstream])).toEqual([[planned.node, holder.held?.signed]])
    rescuer.relieve()
    expect(sent).toHaveLength(1)
  })

  test('is not sent to whom it was without before', async () => {
    const { rescuer, sent } = await adoptedOne({ lost: 1 })
    rescuer.relieve()
    expect(sent).toEqual([])
  })
})
