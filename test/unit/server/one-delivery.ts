/** A distribution to one terminal, and its delivery, for tests of what becomes of it; with another that has the content, where wished. */

import { onTestFinished } from 'vitest'
import { createMemoryNetwork } from '../../../src/link/memory-network.ts'
import { type DeliveryView, newDelivery } from '../../../src/server/delivery-view.ts'
import { Distribution, type DistributionEvents } from '../../../src/server/distribution.ts'
import { Providers, type ProvidersOptions } from '../../../src/server/providers.ts'
import { silentLog } from '../../../src/system/log.ts'
import { createMemoryFiles } from '../../../src/system/memory-files.ts'
import { seededRandom } from '../../../src/system/random.ts'
import { VirtualClock } from '../../../src/system/virtual-clock.ts'
import type { HeldTicket } from '../../../src/terminal/downstream.ts'
import { SocketControl } from '../../../src/terminal/socket-control.ts'
import { makePlan } from '../../../src/tree/make-plan.ts'
import { createMember, type Member } from '../../support/cluster/member.ts'
import { issueTicket, openLibrary, signTransfer, type TransferWish } from '../../support/cluster/signed-transfer.ts'

const nobody = { welcome() {}, summon() {}, message() {}, packet() {}, drained() {}, closed() {} }

function deliveryTo({ nodeId, name }: Member, handle: number, held: HeldTicket): DeliveryView {
  const place = { handle, node: nodeId, name, rank: handle, leaf: false, upstreams: [null, null], depth: null }
  return newDelivery({ ...place, state: 'planned', held })
}

/** A transfer, of two stripes unless it is wished otherwise, to one terminal that nobody can reach. */
export async function distribute({
  failed = () => {},
  isPusherHere,
  deliver = () => {},
  provide = () => {},
  reroute = () => {},
  wantedStill = () => {},
  isNew = false,
  hasHolder = false,
  wish = { stripes: 2 },
}: {
  failed?: () => void
  deliver?: () => void
  provide?: ProvidersOptions['provide']
  reroute?: DistributionEvents['reroute']
  wantedStill?: DistributionEvents['wantedStill']
  /** Whether it is about to begin, with a plan, and is not found again after a start of the main server. */
  isNew?: boolean
  /** Whether web8 has the content already, under handle 3. */
  hasHolder?: boolean
  /** Of the manifest. */
  wish?: Partial<TransferWish>
  /** Of a transfer whose pusher is its first server. */
  isPusherHere?: () => boolean
} = {}) {
  const random = seededRandom(8)
  const clock = new VirtualClock()
  const [main, web7] = [createMember('main', random), createMember('web7', random)] as [Member, Member]
  const signed = signTransfer(main, { transfer: 1, ...wish }, random)
  const network = createMemoryNetwork({ clock, random }).host('main', main.fingerprint)
  const file = await createMemoryFiles().open('/content', 'create')
  const delivery = deliveryTo(web7, 1, issueTicket(main, web7, signed, { handle: 1, random }))
  const pusher = createMember('pusher', random)
  const first = {
    ...{ node: pusher.nodeId, name: 'pusher', handle: 2, path: 'pushed', isPusher: true },
    held: issueTicket(main, pusher, signed, { handle: 2, random }),
  }
  const web8 = createMember('web8', random)
  const holder = deliveryTo(web8, 3, issueTicket(main, web8, signed, { handle: 3, random }))
  holder.state = 'active'
  const deliveries = hasHolder ? [delivery, holder] : [delivery]
  const providers =
    isPusherHere &&
    new Providers({
      ...{ first, deliveries, ...signed, compression: 'auto' },
      isPresent: (node) => node !== pusher.nodeId || isPusherHere(),
      provide,
    })
  const tree = signed.manifest.stripes > 1 ? 'striped' : 'classic'
  const targets = delivery.held === undefined ? [] : [delivery.held.ticket]
  const library = openLibrary({ main, signed, file })
  const distribution = new Distribution({
    providers,
    ...{ clock, log: silentLog, tree, ...signed },
    plan: isNew ? makePlan(targets, { tree, fanOut: signed.manifest.fanOut }) : undefined,
    sockets: new SocketControl({ network, clock, log: silentLog, role: 'main', software: 'test', leaf: false }, nobody),
    content: library.content,
    deliveries,
    events: {
      changed: () => undefined,
      moved: () => undefined,
      responded: () => undefined,
      delivered: () => undefined,
      failed,
      refused: () => undefined,
      wantedStill,
      isPresent: () => true,
      deliver,
      reroute,
    },
  })
  onTestFinished(() => distribution.stop())
  return { clock, distribution, delivery, deliveries, library, node: web7.nodeId, web8: web8.nodeId }
}
