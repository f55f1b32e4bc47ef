import { describe, expect, onTestFinished, test } from 'vitest'
import type { NodeId } from '../../../src/identity/node-id.ts'
import type { Conversation } from '../../../src/link/conversation.ts'
import type { TerminalSample } from '../../../src/registry/measurements.ts'
import type { Terminal } from '../../../src/registry/terminals.ts'
import type { PresentTerminal } from '../../../src/server/presence.ts'
import { ProbeTransfer } from '../../../src/server/probe-transfer.ts'
import { Prober } from '../../../src/server/prober.ts'
import { TreecastError } from '../../../src/system/errors.ts'
import { silentLog } from '../../../src/system/log.ts'
import { systemRandom } from '../../../src/system/random.ts'
import { VirtualClock } from '../../../src/system/virtual-clock.ts'
import { SendLimit } from '../../../src/terminal/send-limit.ts'
import { SocketControl } from '../../../src/terminal/socket-control.ts'
import { LIMITS } from '../../../src/wire/limits.ts'
import { Cluster } from '../../support/cluster/cluster.ts'

const OPERATOR = 'operator' as NodeId

/** A main server's prober over the modelled network, and terminals of which some cannot be dialled or do not answer. */
async function world({ terminals = 1, limit }: { terminals?: number; limit?: number } = {}) {
  const cluster = await Cluster.start(terminals)
  const { clock } = cluster
  const samples: TerminalSample[] = []
  const audited: unknown[] = []
  const dialled: string[] = []
  const away = new Set<string>()
  const undialable = new Set<string>()
  const sockets = new SocketControl(
    {
      ...{ clock, log: silentLog, role: 'main', software: 'test', leaf: false },
      // Another host with the certificate that the terminals know.
      network: cluster.network.host('prober', cluster.mainMember.fingerprint),
    },
    {
      welcome: () => undefined,
      message(conversation, { name, body }) {
        if (name === 'probed') prober.answered(conversation, body)
        else if (name === 'refused') conversation.close(new TreecastError('E_PEER', body.message))
      },
      summon: () => undefined,
      packet: () => undefined,
      drained: (conversation) => prober.drained(conversation),
      closed: (conversation, error) => prober.closed(conversation, error),
    },
  )
  const member = (node: string) => cluster.members.find(({ nodeId }) => nodeId === node)
  const prober: Prober = new Prober({
    ...{ clock, random: systemRandom },
    sendLimit: limit === undefined ? undefined : new SendLimit(clock, limit),
    sockets: {
      dial(peer, purpose) {
        dialled.push(String(peer.address?.host))
        return sockets.dial(peer, purpose)
      },
    },
    database: {
      audit: { record: async (line) => void audited.push(line), latest: async () => [] },
    },
    presence: {
      find(node) {
        const found = member(node)
        if (found === undefined || away.has(found.name)) return undefined
        const address = undialable.has(found.name) ? null : `${found.name}:7717`
        return { node, name: found.name, address } as PresentTerminal
      },
      measure: async () => 12,
    },
    roster: {
      selected: async (selector) =>
        selector.split(',').map((name) => {
          const { nodeId, fingerprint } = cluster.enrol(name)
          return { name, nodeId, fingerprint } as Terminal
        }),
    },
    recorder: { sample: (sample) => void samples.push(sample) },
  })
  onTestFinished(() => sockets.stop())
  /** What one query comes to, however long that takes. */
  const probe = async (...names: string[]) => {
    let reports: Awaited<ReturnType<Prober['probe']>> | undefined
    void prober.probe(names, OPERATOR).then((known) => {
      reports = known
    })
    await cluster.until(() => reports !== undefined)
    return reports ?? []
  }
  return { cluster, clock, prober, samples, audited, dialled, away, undialable, probe }
}

describe('probing terminals', () => {
  test('measures response time and throughput, for the ranking too, and is written down', async () => {
    const { probe, samples, audited } = await world()
    const [report] = await probe('t1')
    expect(report).toEqual({ name: 't1', responseMs: 12, bytesPerSecond: expect.any(Number), error: null })
    expect(report?.bytesPerSecond).toBeGreaterThan(0)
    expect(samples).toEqual([
      { nodeId: expect.any(String), kind: 'throughput', value: report?.bytesPerSecond, atLeast: false },
    ])
    expect(audited).toEqual([{ actor: OPERATOR, action: 'probed', facts: { terminal: 't1' } }])
  })

  test('can be done again at once', async () => {
    const { probe } = await world()
    expect([...(await probe('t1')), ...(await probe('t1'))].map(({ error }) => error)).toEqual([null, null])
  })

  test('tells which are offline, and what could not be measured of one that cannot be dialled', async () => {
    const { probe, away, undialable, samples } = await world({ terminals: 2 })
    away.add('t1')
    undialable.add('t2')
    expect(await probe('t1', 't2')).toMatchObject([
      { name: 't1', responseMs: null, bytesPerSecond: null, error: { code: 'E_OFFLINE' } },
      { name: 't2', responseMs: 12, bytesPerSecond: null, error: { code: 'E_UNREACHABLE' } },
    ])
    expect(samples).toEqual([])
  })

  test('gives up one that is gone without a word', async () => {
    const { probe, cluster } = await world()
    cluster.kill('t1', 'nothing')
    expect(await probe('t1')).toMatchObject([{ bytesPerSecond: null, error: { code: 'E_DEADLINE' } }])
  })

  test('keeps to the limit of the main server, and takes the rate for no more than a lower bound', async () => {
    const { probe, samples } = await world({ limit: 100_000 })
    const [report] = await probe('t1')
    expect(report?.bytesPerSecond).toBeGreaterThan(80_000)
    expect(report?.bytesPerSecond).toBeLessThan(120_000)
    expect(samples).toMatchObject([{ atLeast: true }])
  })

  test('goes on with few at once, whoever asks', async () => {
    const names = Array.from({ length: LIMITS.probesAtOnce + 2 }, (_, k) => `t${k + 1}`)
    const { cluster, prober, dialled } = await world({ terminals: names.length })
    const done: string[] = []
    for (const name of names) void prober.probe([name], OPERATOR).then(() => done.push(name))
    await cluster.until(() => dialled.length >= LIMITS.probesAtOnce)
    await cluster.clock.advance(1)
    expect([dialled.length, done.length]).toEqual([LIMITS.probesAtOnce, 0])
    await cluster.until(() => done.length === names.length)
    expect(dialled.toSorted()).toEqual(names)
  })
})

describe('what a terminal says of a probe', () => {
  /** A probe whose bytes go nowhere. */
  function transfer() {
    let sent = 0
    const conversation = { open: true, bufferedBytes: 0, sendProbe: (bytes: Uint8Array) => (sent += bytes.length) }
    const clock = new VirtualClock()
    const probe = new ProbeTransfer(conversation as unknown as Conversation, { clock, random: systemRandom })
    return { probe, sent: () => sent }
  }

  test('is its throughput', async () => {
    const { probe, sent } = transfer()
    expect(sent()).toBe(LIMITS.probeBytes)
    probe.answered({ bytes: 1_000_000, elapsedMs: 250 })
    expect(await probe.result).toEqual({ bytesPerSecond: 4_000_000, atLeast: false })
  })

  test.each([
    ['more than was sent', { bytes: LIMITS.probeBytes, elapsedMs: 1 }],
    ['nothing', { bytes: 0, elapsedMs: 0 }],
    ['something in no time', { bytes: 1000, elapsedMs: 0 }],
  ])('is no measurement when it is %s', async (_, probed) => {
    const { probe } = transfer()
    probe.answered(probed)
    await expect(probe.result).rejects.toMatchObject({ code: 'E_PROBE' })
  })
})
