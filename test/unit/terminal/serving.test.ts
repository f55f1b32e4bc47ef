import { expect, onTestFinished, test } from 'vitest'
import type { Conversation } from '../../../src/link/conversation.ts'
import { codeOf } from '../../../src/system/errors.ts'
import { Serving } from '../../../src/terminal/serving.ts'
import { BASE_TYPE } from '../../../src/wire/codes.ts'
import { LIMITS } from '../../../src/wire/limits.ts'
import { decodeMessage, encodeMessage } from '../../../src/wire/messages.ts'
import { fromRanges } from '../../../src/wire/packet-ranges.ts'
import { Cluster } from '../../support/cluster/cluster.ts'
import { issueTicket, signTransfer } from '../../support/cluster/signed-transfer.ts'
import { emptyCopy, sealContent } from './sealed-content.ts'

const ignore = () => undefined

/** The request link of a child, with the numbers that it is told are not held. */
class Child {
  readonly notHeld: number[] = []
  readonly closed: string[] = []
  unreadBytes = 0
  readonly conversation: Conversation

  constructor() {
    const link = {
      send: (name: 'notHeld', body: never) => {
        const { ranges } = decodeMessage(name, encodeMessage(name, body))
        this.notHeld.push(...fromRanges(ranges))
      },
      close: (error: Error) => this.closed.push(codeOf(error)),
    }
    Object.defineProperty(link, 'bufferedBytes', { get: () => this.unreadBytes })
    this.conversation = link as unknown as Conversation
  }
}

/** A node that serves one child, and holds every other packet. */
async function serveOne(packets: number, { isFirst = false } = {}) {
  const sealed = await sealContent(new Uint8Array(packets * 4096))
  const { content } = await emptyCopy(sealed)
  for (let index = 0; index < packets; index += 2) content.held.add(index)
  const cluster = await Cluster.start(1)
  const signed = signTransfer(cluster.mainMember, { transfer: 1 }, cluster.random)
  const [target] = cluster.targets()
  if (target === undefined) throw new Error('no terminal')
  const serving = new Serving({
    ...{ clock: cluster.clock, sockets: cluster.main.sockets, transfer: 1, manifest: signed.signedManifest },
    ...{ ownTicket: null, fanOut: 1, content, sealing: signed.sealing, isFirst },
    events: { acknowledged: ignore, failed: ignore, closed: ignore },
  })
  const held = issueTicket(cluster.mainMember, target.member, signed, { handle: 1, random: cluster.random })
  serving.routing.relay({ stripe: 0, depth: 1, below: [held], upstreams: null })
  await cluster.until(() => serving.routing.branches.children().length === 1)
  onTestFinished(() => serving.stop())
  return { serving, clock: cluster.clock }
}

const asking = (packets: number) => ({ transfer: 1, stripe: 0, base: BASE_TYPE.content, ranges: [0, packets] })

test('NOT_HELD tells of every packet that is not there, in messages that the child takes', async () => {
  const packets = 4200
  const { serving } = await serveOne(packets)
  const child = new Child()
  serving.childSays(1, child.conversation, { name: 'requestIfHeld', body: asking(packets) })
  expect(child.notHeld).toEqual(Array.from({ length: packets / 2 }, (_, k) => 2 * k + 1))
})

test('a first server holds nothing that is not of the stripe until its line has that to spare', async () => {
  const { serving, clock } = await serveOne(10, { isFirst: true })
  const child = new Child()
  serving.childSays(1, child.conversation, { name: 'request', body: { ...asking(10), ranges: [1, 1] } })
  await clock.advance(1000)
  serving.childSays(1, child.conversation, { name: 'requestIfHeld', body: { ...asking(10), ranges: [2, 3] } })
  expect(child.notHeld.splice(0)).toEqual([2, 3, 4])
  await clock.advance(1000)
  serving.childSays(1, child.conversation, { name: 'requestIfHeld', body: { ...asking(10), ranges: [2, 3] } })
  expect(child.notHeld).toEqual([3])
})

test('a child that asks and does not read the answers loses its link', async () => {
  const { serving } = await serveOne(10)
  const child = new Child()
  child.unreadBytes = LIMITS.answerBufferBytes
  serving.childSays(1, child.conversation, { name: 'requestIfHeld', body: asking(10) })
  expect([child.notHeld.length, child.closed]).toEqual([5, []])
  child.unreadBytes += 1
  serving.childSays(1, child.conversation, { name: 'requestIfHeld', body: asking(10) })
  serving.childSays(7, child.conversation, { name: 'request', body: asking(10) })
  expect([child.notHeld.length, child.closed]).toEqual([5, ['E_NOT_READING', 'E_NOT_READING']])
})
