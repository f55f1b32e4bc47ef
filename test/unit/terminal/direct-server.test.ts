/** An operator that serves its own push, and terminals that let nobody else speak as one. */

import { describe, expect, test } from 'vitest'
import { SIGNING_CONTEXT, signBytes } from '../../../src/identity/signed.ts'
import { openConversation } from '../../../src/link/conversation.ts'
import { decodePacketTable } from '../../../src/seal/packet-table-codec.ts'
import { codeOf, type TreecastError } from '../../../src/system/errors.ts'
import { seededRandom } from '../../../src/system/random.ts'
import { DirectServer } from '../../../src/terminal/direct-server.ts'
import type { MessageBody } from '../../../src/wire/messages.ts'
import { Cluster } from '../../support/cluster/cluster.ts'
import { issueTicket } from '../../support/cluster/signed-transfer.ts'

const BYTES = 50_000
const bytes = seededRandom(5).bytes(BYTES)

/** Two terminals, and an operator that is told to serve them; the test is the main server on the operator's link. */
async function directPush({ read = async (at: number, length: number) => bytes.slice(at, at + length) } = {}) {
  const cluster = await Cluster.start(2)
  const operator = cluster.enrol('operator')
  const transfer = await cluster.main.begin(
    { transfer: 1, bytes: BYTES, fanOut: 1, pusher: operator.nodeId },
    cluster.targets(['t1', 't2']),
  )
  const { keys } = cluster.mainMember
  const failures: TreecastError[] = []
  const offered: MessageBody<'tableOffer'>[] = []
  const server = new DirectServer({
    clock: cluster.clock,
    network: cluster.host(operator),
    identity: operator,
    membership: { ed25519Public: keys.ed25519Public, x25519Public: keys.x25519.publicKey },
    software: 'test',
    open: async () => ({
      ...{ bytes: BYTES, mode: 0o644, modifiedMs: 0, entryList: null },
      stream: { read, close: async () => undefined },
    }),
    failed: (error) => failures.push(error),
  })
  server.attach({ send: (name, body) => name === 'tableOffer' && offered.push(body as MessageBody<'tableOffer'>) })
  const ticket = issueTicket(cluster.mainMember, operator, transfer, { handle: 3, random: cluster.random })
  const provide: MessageBody<'provide'> = {
    ...{ manifest: transfer.signedManifest, ticket: ticket.signed, compression: 'none', path: 'intro.mp4' },
    relays: [{ stripe: 0, below: transfer.tickets.map(({ signed }) => signed), upstreams: null }],
  }
  /** Signs what the operator offers, until it offers nothing more. */
  const signAll = async () => {
    for (let signed = 0; signed < offered.length; signed++) {
      const { table } = offered[signed] as MessageBody<'tableOffer'>
      const { segment } = decodePacketTable(table, () => true)
      const { signature } = signBytes(keys, SIGNING_CONTEXT.packetTable, table.slice(0, -64))
      server.told({ name: 'tableSigned', body: { transfer: 1, segment, signature } })
      await cluster.clock.advance(10)
    }
  }
  return { cluster, server, transfer, provide, signAll, offered, failures }
}

describe('an operator that serves its own push', () => {
  test('serves the first terminal over links that it dials, and that one the next', async () => {
    const { cluster, server, transfer, provide, signAll } = await directPush()
    server.told({ name: 'provide', body: provide })
    await cluster.clock.advance(100)
    expect(server.serves).toBe(true)
    await signAll()
    await cluster.delivered(transfer, ['t1', 't2'])
    for (const name of ['t1', 't2']) {
      const published = await cluster.terminal(name).published('intro.mp4')
      expect(published && Buffer.compare(published, bytes), name).toBe(0)
    }
    expect([transfer.routes.get(1), transfer.routes.get(2)]).toMatchObject([{ upstream: 3 }, { upstream: 1 }])
    await cluster.until(() => !server.serves)
    await server.stop()
  })

  test('offers the table that is not signed yet again when it is told again to provide', async () => {
    const { cluster, server, provide, offered } = await directPush()
    server.told({ name: 'provide', body: provide })
    await cluster.clock.advance(100)
    const [first] = offered.splice(0)
    expect(first).toBeDefined()
    server.told({ name: 'provide', body: { ...provide, relays: [] } })
    await cluster.clock.advance(100)
    expect(offered).toEqual([first])
    await server.stop()
  })

  test('says when what it reads has changed', async () => {
    const { cluster, server, provide, failures } = await directPush({ read: async () => new Uint8Array(0) })
    server.told({ name: 'provide', body: provide })
    await cluster.clock.advance(100)
    expect(failures.map(({ code }) => code)).toEqual(['E_PATH_CHANGED'])
    await server.stop()
  })
})

/** A member with a ticket sends a transport request to t1. @returns what t1 says, and why it closes the link */
async function requestFrom(purpose: 'direct' | 'data', named: 'itself' | 'another' | 'nobody') {
  const cluster = await Cluster.start(2)
  const speaker = cluster.enrol('speaker')
  const pusher = { itself: speaker.nodeId, another: cluster.enrol('other').nodeId, nobody: null }[named]
  const transfer = await cluster.main.begin({ transfer: 1, pusher }, cluster.targets(['t1']))
  const { address, fingerprint } = cluster.terminal('t1').member
  const dialled = cluster.host(speaker).dial(address, { expect: fingerprint, deadlineMs: 1000 })
  await cluster.clock.advance(20)
  const link = openConversation(await dialled, { role: 'operator', purpose, software: 'test' }, cluster.clock)
  const heard: string[] = []
  link.attach({
    message: ({ name }) => heard.push(name),
    closed: (error) => heard.push(error === undefined ? 'closed' : codeOf(error)),
  })
  const own = issueTicket(cluster.mainMember, speaker, transfer, { handle: 2, random: cluster.random }).signed
  link.send('ticket', { ticket: own })
  link.send('transportRequest', {
    ...{ manifest: transfer.signedManifest, stripe: 0, server: own, depth: 1, below: [], upstreams: null },
    ticket: transfer.tickets[0]?.signed ?? own,
  })
  await cluster.clock.advance(200)
  return heard
}

describe('a terminal', () => {
  test('asks for packets on the link of the pusher that the manifest names', async () => {
    expect(await requestFrom('direct', 'itself')).toEqual(['ticket', 'routeAck', 'request'])
  })

  test.each([
    ['direct', 'another'],
    ['direct', 'nobody'],
    ['data', 'itself'],
  ] as const)('takes no request on a %s link when the manifest names %s as the pusher', async (purpose, named) => {
    expect(await requestFrom(purpose, named)).toEqual(['E_LINK_LOST'])
  })
})
