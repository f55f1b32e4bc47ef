/** What a terminal makes of a content that the main server sends whole, on the control connection. */

import { describe, expect, test } from 'vitest'
import { seededRandom } from '../../../src/system/random.ts'
import type { WholeContent } from '../../../src/terminal/whole-content.ts'
import type { SignedBytes } from '../../../src/wire/field-schemas.ts'
import { Cluster } from '../../support/cluster/cluster.ts'
import type { ClusterTransfer, ClusterTransfer as Transfer } from '../../support/cluster/cluster-main.ts'
import type { TransferWish } from '../../support/cluster/signed-transfer.ts'

const BYTES = seededRandom(5).bytes(10_000)

/** A terminal, and a content that is complete in the library. */
async function stored(wish: Partial<TransferWish> = {}) {
  const cluster = await Cluster.start(1)
  const transfer = await cluster.main.begin({ transfer: 1, ...wish }, cluster.targets())
  await transfer.feed(BYTES)
  return { cluster, transfer }
}

interface Spoilt {
  readonly whole?: (whole: WholeContent) => WholeContent
  readonly ticket?: (ticket: SignedBytes) => SignedBytes
}

async function deliver(cluster: Cluster, transfer: ClusterTransfer, spoilt: Spoilt = {}): Promise<void> {
  const { whole: change = (same) => same, ticket: forge = (same) => same } = spoilt
  const whole = await transfer.serving.whole()
  const [held] = transfer.tickets
  if (whole === undefined || held === undefined) throw new Error('the content is there')
  const { member } = cluster.terminal('t1')
  cluster.main.control(member)?.send('deliver', {
    manifest: transfer.signedManifest,
    ticket: forge(held.signed),
    ...change(whole),
  })
  await cluster.clock.advance(2_000)
}

const published = (cluster: Cluster) => cluster.terminal('t1').published('intro.mp4')
const opened = (transfer: Transfer) => transfer.serving.sentBytes

function altered(bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice()
  copy[copy.length - 1] = (copy.at(-1) ?? 0) ^ 1
  return copy
}

describe('a whole content', () => {
  test('is published, told by a route below the main server and one receipt, and no packet is asked for', async () => {
    const { cluster, transfer } = await stored()
    await deliver(cluster, transfer)
    expect(await published(cluster)).toEqual(BYTES)
    expect(transfer.routes.get(1)).toMatchObject({ upstream: 0, depth: 1, stripe: 0 })
    expect(transfer.receipts.get('t1')).toMatchObject({ state: 'active', bytes: BYTES.length })
    expect([transfer.failures, opened(transfer)]).toEqual([[], 0])
    expect(await cluster.terminal('t1').state.outbox.list()).toEqual([])
  })

  test('that comes twice is not stored twice, and its receipt is sent again', async () => {
    const { cluster, transfer } = await stored()
    await deliver(cluster, transfer)
    transfer.receipts.clear()
    await deliver(cluster, transfer)
    await cluster.clock.advance(60_000)
    await deliver(cluster, transfer)
    expect([transfer.receipts.get('t1')?.state, transfer.failures]).toEqual(['active', []])
  })

  test('of which a packet is damaged is completed by way of a transport request', async () => {
    const { cluster, transfer } = await stored()
    await deliver(cluster, transfer, {
      whole: ({ tables, packets }) => ({
        tables,
        packets: packets.map((sealed, k) => (k === 1 ? altered(sealed) : sealed)),
      }),
    })
    expect(await published(cluster)).toEqual(BYTES)
    expect(transfer.failures.map(({ failure }) => failure.code)).toEqual(['E_NO_UPSTREAM'])
    expect(opened(transfer)).toBe(4096)
  })

  test('that lacks its last table is completed in the same way', async () => {
    const { cluster, transfer } = await stored()
    await deliver(cluster, transfer, { whole: ({ tables, packets }) => ({ tables: tables.slice(0, 1), packets }) })
    await cluster.clock.advance(5_000)
    expect([await published(cluster), opened(transfer)]).toEqual([BYTES, 0])
  })

  test('with a table that the main server did not sign fails, and leaves nothing', async () => {
    const { cluster, transfer } = await stored()
    await deliver(cluster, transfer, {
      whole: ({ tables, packets }) => ({ tables: tables.map((table) => altered(table)), packets }),
    })
    expect(await published(cluster)).toBeUndefined()
    expect(transfer.failures.map(({ failure }) => failure.about)).toEqual(['self'])
    expect(await cluster.terminal('t1').state.unfinished()).toEqual([])
    expect(await cluster.terminal('t1').files.list('/home/staging')).toEqual([])
  })

  test('with a ticket that is not signed ends the connection, and nothing else', async () => {
    const { cluster, transfer } = await stored()
    const before = cluster.main.control(cluster.terminal('t1').member)
    await deliver(cluster, transfer, {
      ticket: ({ payload, signature }) => ({ payload, signature: altered(signature) }),
    })
    const after = cluster.main.control(cluster.terminal('t1').member)
    expect([before?.open, after?.open, after === before]).toEqual([false, true, false])
    expect([await published(cluster), transfer.failures]).toEqual([undefined, []])
  })

  test('that is to go live later is told twice: when it is durable, and when it is shown', async () => {
    const { cluster, transfer } = await stored({ activateAtMs: 10_000 })
    await deliver(cluster, transfer)
    expect(transfer.receipts.get('t1')?.state).toBe('received')
  })

  test('of which the terminal knew nothing durable is as good as never sent when its process is killed', async () => {
    const { cluster, transfer } = await stored()
    const { state } = cluster.terminal('t1')
    state.keepReceived = () => new Promise(() => undefined)
    await deliver(cluster, transfer)
    expect([await published(cluster), state.unfinished()]).toEqual([undefined, []])
    cluster.kill('t1')
    await cluster.startTerminal('t1')
    await cluster.connected()
    expect(await cluster.terminal('t1').files.list('/home/staging')).toEqual([])
  })
})
