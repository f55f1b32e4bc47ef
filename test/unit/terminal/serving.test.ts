import { expect, test } from 'vitest'
import type { Conversation } from '../../../src/link/conversation.ts'
import { Serving } from '../../../src/terminal/serving.ts'
import { BASE_TYPE } from '../../../src/wire/codes.ts'
import { decodeMessage, encodeMessage } from '../../../src/wire/messages.ts'
import { fromRanges } from '../../../src/wire/packet-ranges.ts'
import { Cluster } from '../../support/cluster/cluster.ts'
import { issueTicket, signTransfer } from '../../support/cluster/signed-transfer.ts'
import { emptyCopy, sealContent } from './sealed-content.ts'

const ignore = () => undefined

/** The request link of a child, with the numbers that it is told are not held. */
class Child {
  readonly notHeld: number[] = []
  readonly conversation = {
    send: (name: 'notHeld', body: never) => {
      const { ranges } = decodeMessage(name, encodeMessage(name, body))
      this.notHeld.push(...fromRanges(ranges))
    },
  } as unknown as Conversation
}

test('NOT_HELD tells of every packet that is not there, in messages that the child takes', async () => {
  const packets = 4200
  const sealed = await sealContent(new Uint8Array(packets * 4096))
  const { content } = await emptyCopy(sealed)
  for (let index = 0; index < packets; index += 2) content.held.add(index)
  const cluster = await Cluster.start(1)
  const signed = signTransfer(cluster.mainMember, { transfer: 1 }, cluster.random)
  const [target] = cluster.targets()
  if (target === undefined) throw new Error('no terminal')
  const serving = new Serving({
    ...{ clock: cluster.clock, sockets: cluster.main.sockets, transfer: 1, manifest: signed.signedManifest },
    ...{ ownTicket: null, fanOut: 1, content, sealing: signed.sealing },
    events: { acknowledged: ignore, failed: ignore, closed: ignore },
  })
  const held = issueTicket(cluster.mainMember, target.member, signed, { handle: 1, random: cluster.random })
  serving.routing.relay({ stripe: 0, depth: 1, below: [held], upstreams: null })
  await cluster.until(() => serving.routing.children().length === 1)
  const child = new Child()
  const body = { transfer: 1, stripe: 0, base: BASE_TYPE.content, ranges: [0, packets] }
  serving.childSays(1, child.conversation, { name: 'requestIfHeld', body })
  expect(child.notHeld).toEqual(Array.from({ length: packets / 2 }, (_, k) => 2 * k + 1))
  serving.stop()
})
