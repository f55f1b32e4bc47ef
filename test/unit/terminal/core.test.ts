import { describe, expect, test } from 'vitest'
import { openConversation } from '../../../src/link/conversation.ts'
import { codeOf } from '../../../src/system/errors.ts'
import { Cluster } from '../../support/cluster/cluster.ts'

/** A terminal of the transfer that is no child of t1 says to it that it is in the route, in this stripe; t1 may have let it go. */
async function routeAckIn(stripe: number, { letGo = false }: { letGo?: boolean } = {}) {
  const cluster = await Cluster.start(1)
  const web7 = cluster.enrol('web7')
  const transfer = await cluster.main.begin({ transfer: 1, stripes: 2 }, cluster.targets(['t1', 'web7']))
  transfer.start()
  await cluster.until(() => transfer.routes.size === 1)
  const { member, transfers } = cluster.terminal('t1')
  const dialled = cluster.host(web7).dial(member.address, { expect: member.fingerprint, deadlineMs: 1000 })
  await cluster.clock.advance(20)
  const hello = { role: 'terminal', purpose: 'requests', software: 'test' } as const
  const requests = openConversation(await dialled, hello, cluster.clock)
  const codes: (string | undefined)[] = []
  const answers: string[] = []
  requests.attach({ message: ({ name }) => answers.push(name), closed: (error) => codes.push(error && codeOf(error)) })
  const ticket = transfer.tickets[1]?.signed
  if (ticket === undefined) throw new Error('no ticket')
  let tried = false
  if (letGo) await transfers.stop()
  const routing = transfers.find(1)?.serving.routing
  requests.send('ticket', { ticket })
  requests.send('routeAck', { transfer: 1, stripe, upstream: 1, depth: 2, order: 0 })
  for (let k = 0; k < 20; k++) {
    await cluster.clock.advance(1)
    tried ||= routing?.branches.idle === false
  }
  return { codes, answers, tried }
}

describe('a terminal that is sent here', () => {
  test('is served in a stripe of the transfer', async () => {
    expect(await routeAckIn(1)).toEqual({ codes: [], answers: [], tried: true })
  })

  test('is told to ask for another when the transfer is not open here any more', async () => {
    expect(await routeAckIn(1, { letGo: true })).toEqual({ codes: [], answers: ['busy'], tried: false })
  })

  test.each([2, 65_535])('in stripe %i, which the transfer does not have, loses its link', async (stripe) => {
    expect(await routeAckIn(stripe)).toMatchObject({ codes: ['E_LINK_LOST'], tried: false })
  })
})
