import { describe, expect, test } from 'vitest'
import { openConversation } from '../../../src/link/conversation.ts'
import { codeOf } from '../../../src/system/errors.ts'
import { LIMITS } from '../../../src/wire/limits.ts'
import { Cluster } from '../../support/cluster/cluster.ts'
import type { Member } from '../../support/cluster/member.ts'

const FRAME = new Uint8Array(LIMITS.probeFrameBytes)

/** A terminal, and probe links to it as others dial them. */
async function world() {
  const cluster = await Cluster.start(1)
  const { member } = cluster.terminal('t1')
  let hosts = 0
  return {
    cluster,
    async dial(from: Member = cluster.mainMember) {
      // Another host with that one's certificate.
      const host = cluster.network.host(`host${++hosts}`, from.fingerprint)
      const dialled = host.dial(member.address, { expect: member.fingerprint, deadlineMs: 1000 })
      await cluster.clock.advance(20)
      const hello = { role: 'main', purpose: 'probe', software: 'test' } as const
      const conversation = openConversation(await dialled, hello, cluster.clock)
      const heard: unknown[] = []
      conversation.attach({
        message: ({ name, body }) => heard.push(name === 'refused' ? body.code : body),
        closed: (error) => heard.push(error && codeOf(error)),
      })
      await cluster.clock.advance(20)
      return { conversation, heard }
    },
  }
}

describe('a terminal that is probed', () => {
  test('tells what came behind the first bytes, and in which time, as soon as all of it is there', async () => {
    const { cluster, dial } = await world()
    const { conversation, heard } = await dial()
    conversation.sendProbe(FRAME)
    await cluster.clock.advance(100)
    for (let sent = FRAME.length; sent < LIMITS.probeBytes; sent += FRAME.length) conversation.sendProbe(FRAME.slice())
    await cluster.clock.advance(400)
    expect(heard).toEqual([{ bytes: LIMITS.probeBytes - FRAME.length, elapsedMs: expect.any(Number) }])
    const [{ elapsedMs }] = heard as [{ elapsedMs: number }]
    expect(elapsedMs).toBeGreaterThanOrEqual(100)
    expect(elapsedMs).toBeLessThan(500)
    expect(await cluster.disk('t1').list('/inbox')).toEqual([])
  })

  test('does not wait longer than its time for the rest', async () => {
    const { cluster, dial } = await world()
    const { conversation, heard } = await dial()
    conversation.sendProbe(new Uint8Array(10))
    await cluster.clock.advance(100)
    conversation.sendProbe(new Uint8Array(20))
    await cluster.clock.advance(LIMITS.probeMs - 200)
    expect(heard).toEqual([])
    await cluster.clock.advance(200)
    expect(heard).toEqual([{ bytes: 20, elapsedMs: 100 }])
  })

  test('takes no more than it must', async () => {
    const { cluster, dial } = await world()
    const { conversation, heard } = await dial()
    for (let sent = 0; sent <= LIMITS.probeBytes; sent += FRAME.length) conversation.sendProbe(FRAME.slice())
    await cluster.clock.advance(900)
    expect([conversation.open, heard.at(-1)]).toEqual([false, 'E_LINK_LOST'])
  })

  test('takes no frame that is larger than they may be', async () => {
    const { cluster, dial } = await world()
    const { conversation, heard } = await dial()
    conversation.sendProbe(new Uint8Array(LIMITS.probeFrameBytes + 1))
    await cluster.clock.advance(100)
    expect([conversation.open, heard]).toEqual([false, ['E_LINK_LOST']])
  })

  test('is probed by one at a time, and by the next as soon as it has answered', async () => {
    const { cluster, dial } = await world()
    const first = await dial()
    first.conversation.sendProbe(FRAME)
    expect((await dial()).heard[0]).toBe('E_PROBE_BUSY')
    await cluster.clock.advance(LIMITS.probeMs)
    expect(first.heard).toEqual([{ bytes: 0, elapsedMs: 0 }])
    expect((await dial()).heard).toEqual([])
  })

  test('lets nobody but the main server do so', async () => {
    const { cluster, dial } = await world()
    const { conversation, heard } = await dial(cluster.enrol('web7'))
    expect([conversation.open, heard[0]]).toEqual([false, 'E_NOT_AUTHORISED'])
  })

  test('gives a probe up on which nothing comes, and is free for another', async () => {
    const { cluster, dial } = await world()
    const { conversation } = await dial()
    await cluster.clock.advance(LIMITS.probeAnswerMs)
    expect(conversation.open).toBe(false)
    expect((await dial()).heard).toEqual([])
  })
})
