import { describe, expect, test } from 'vitest'
import type { NodeId } from '../../../src/identity/node-id.ts'
import type { DeliveryView } from '../../../src/server/delivery-view.ts'
import { PossibleUpstreams } from '../../../src/server/possible-upstreams.ts'
import { Providers } from '../../../src/server/providers.ts'
import { RateMeter } from '../../../src/server/rate-meter.ts'
import { Rescuer, type RescuerOptions } from '../../../src/server/rescuer.ts'
import { SourceRates } from '../../../src/server/source-rates.ts'
import { silentLog } from '../../../src/system/log.ts'
import { seededRandom } from '../../../src/system/random.ts'
import { VirtualClock } from '../../../src/system/virtual-clock.ts'
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
      ...{ sources: new SourceRates(), bytes: 0, packets: 0, rate: new RateMeter(), takenBytesPerSecond: null },
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
    ...{ clock, log: silentLog, manifest: signed.manifest, deliveries, providers, isPresent: isHere },
    content: {} as RescuerOptions['content'],
    routing: { served: 0 } as RescuerOptions['routing'],
    reroute: (node, { stripe }) => sent.push([nameOf(node), stripe]),
  })
  await clock.advance(AT_MS)
  const cannotProvide = (holder: number) => {
    const { node } = deliveries[holder - 1] as DeliveryView
    providers.failed(node)
    rescuer.providerFailed(node)
  }
  return { deliveries, provided, sent, cannotProvide }
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
