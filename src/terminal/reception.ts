/**
 * The data reception module 40 of FIG. 2C, for one transfer: asks upstreams for tables and packets, and acknowledges what is stored. It
 * knows nothing of children. Whom to ask for which packet is decided in packet-requests.ts, for which table in table-requests.ts; what came
 * is judged and stored by received-packets.ts.
 *
 *   asked for ──packet, all checks──► storing ──written──► held, acknowledged
 *       │ bad packet, NOT_HELD, upstream lost: asked again, that packet alone
 *
 * A small content comes whole, without being asked for, and meets the same checks.
 *
 * Guarantee: a packet that an upstream was not asked for is not looked at, and one that sends too many bad packets is left.
 */

import type { StoredContent } from '../content/stored-content.ts'
import type { Conversation } from '../link/conversation.ts'
import type { VerifyBytes } from '../seal/packet-table-codec.ts'
import type { Clock } from '../system/clock.ts'
import { TreecastError } from '../system/errors.ts'
import { BASE_TYPE } from '../wire/codes.ts'
import { LIMITS } from '../wire/limits.ts'
import type { PacketHeader } from '../wire/packet-header.ts'
import { fromRanges, toRangeLists } from '../wire/packet-ranges.ts'
import type { PacketsHere } from './own-content.ts'
import type { PacketFinder } from './packet-finder.ts'
import { PacketRequests } from './packet-requests.ts'
import { ReceivedPackets, type ReceivedPacketsEvents } from './received-packets.ts'
import type { SealingFacts } from './sealing-facts.ts'
import { TableRequests } from './table-requests.ts'
import { Upstream } from './upstream.ts'
import type { WholeContent } from './whole-content.ts'

export interface ReceptionEvents extends Omit<ReceivedPacketsEvents, 'packetStored' | 'passed' | 'ready'> {
  /** Wherever it came from. */
  packetStored(index: number): void
  /** The upstream broke the rules or cannot help. */
  upstreamFailed(upstream: Upstream, error: TreecastError): void
}

export interface ReceptionOptions {
  readonly content: StoredContent
  readonly sealing: SealingFacts
  /** This terminal's handle in the transfer. */
  readonly handle: number
  readonly stripes: number
  readonly packetBytes: number
  readonly clock: Clock
  readonly verifyTable: VerifyBytes
  /** Closed by this module. */
  readonly finder: PacketFinder
  readonly events: ReceptionEvents
}

export class Reception {
  readonly #options: ReceptionOptions
  readonly #requests: PacketRequests
  readonly #tables: TableRequests
  readonly #received: ReceivedPackets
  readonly #unacknowledged: number[] = []
  #stopped = false

  constructor(options: ReceptionOptions) {
    const { content, sealing, stripes, packetBytes, clock, verifyTable, finder, events } = options
    this.#options = options
    this.#requests = new PacketRequests({
      stripes,
      packetBytes,
      startedAtMs: clock.monotonic(),
      known: () => this.#received.known,
      has: (index) => this.#received.has(index),
    })
    this.#tables = new TableRequests({ transfer: sealing.transfer, content, upstreams: () => this.upstreams() })
    this.#received = new ReceivedPackets({
      ...{ content, sealing, verifyTable, finder },
      events: {
        tableStored: (segment) => events.tableStored(segment),
        passed: (index) => this.#requests.came(index),
        packetChecked: (index, sealed) => events.packetChecked(index, sealed),
        packetStored: (index) => {
          this.#unacknowledged.push(index)
          events.packetStored(index)
        },
        packetReused: (index) => {
          events.packetReused(index)
          events.packetStored(index)
        },
        refused: () => events.refused(),
        ready: () => this.#goOn(),
        failed: (error) => events.failed(error),
      },
    })
  }

  upstreams(): Upstream[] {
    return this.#requests.upstreams()
  }

  /** Whether the upstream has something to send that was asked of it as its own to send. */
  owes(upstream: Upstream): boolean {
    return this.#requests.owes(upstream) || this.#tables.owes(upstream)
  }

  /** From now on the stripe's packets are asked of this upstream; what the one before still owed is asked again. */
  setUpstream(stripe: number, handle: number, requests: Conversation): Upstream {
    const { content, packetBytes, clock } = this.#options
    const nextTable = content.segments
    const upstream = new Upstream({ handle, stripe, requests, packetBytes, nextTable, nowMs: clock.monotonic() })
    this.#requests.drop(stripe, clock.monotonic())
    this.#requests.use(upstream)
    this.pump()
    return upstream
  }

  /** The upstream is gone. @returns whether it was one */
  loseUpstream(upstream: Upstream): boolean {
    if (this.#requests.upstream(upstream.stripe) !== upstream) return false
    this.#requests.drop(upstream.stripe, this.#options.clock.monotonic())
    this.pump()
    return true
  }

  /** Asks for as much as the windows allow; to be called too when time has passed: what a silent upstream owes is asked of others then. */
  pump(): void {
    if (this.#stopped) return
    this.#tables.ask()
    const nowMs = this.#options.clock.monotonic()
    const upstreams = this.#requests.upstreams()
    for (const upstream of upstreams) {
      this.#request(upstream, 'request', this.#requests.ask(upstream, nowMs, this.#received.storingBytes))
    }
    for (const upstream of upstreams) this.#request(upstream, 'requestIfHeld', this.#requests.help(upstream, nowMs))
  }

  /**
   * A PACKET that came over a data link from `handle`.
   * @throws E_PACKET_… when its sender breaks the rules; that closes the link
   */
  packet(handle: number, header: PacketHeader, sealed: Uint8Array): void {
    if (this.#stopped) return
    if (header.target !== this.#options.handle) {
      throw new TreecastError(
        'E_PACKET_TARGET',
        `a packet for terminal ${header.target} came to ${this.#options.handle}`,
      )
    }
    const upstream = this.#requests.upstream(header.stripe)
    // A late packet of an upstream that was left: it may be right, but somebody else was asked for it by now.
    if (upstream === undefined || upstream.handle !== handle) return
    upstream.heard(this.#options.clock.monotonic(), header.plainBytes)
    if (header.base === BASE_TYPE.packetTable) this.#table(header, sealed)
    else if (header.base === BASE_TYPE.content || header.base === BASE_TYPE.entryList)
      this.#content(upstream, header, sealed)
    else throw new TreecastError('E_PACKET_HEADER', `a packet of base type ${header.base} was never asked for`)
  }

  /**
   * A whole content that nobody was asked for: takes of it what is not here.
   * @returns whether every packet of it passed its checks; those that did not are asked of the next upstream
   * @throws E_PACKET_TABLE…, E_TABLE
   */
  takeWhole(whole: WholeContent): boolean {
    return this.#received.takeWhole(whole)
  }

  /**
   * The upstream does not have these, or does not serve this terminal: it is left, and they are asked of the next. What it was asked for
   * only if it held it is just asked elsewhere.
   */
  notHeld(upstream: Upstream, base: number, ranges: readonly number[]): void {
    if (this.#requests.upstream(upstream.stripe) !== upstream) return
    if (base === BASE_TYPE.packetTable) {
      const text = 'the upstream does not serve this transfer to this terminal'
      this.#options.events.upstreamFailed(upstream, new TreecastError('E_NOT_HELD', text))
      return
    }
    const nowMs = this.#options.clock.monotonic()
    let missing = 0
    for (const index of fromRanges(ranges, LIMITS.wantedPackets)) {
      const asked = this.#requests.settle(upstream, index)
      if (asked === 'asked if held') this.#requests.lacks(upstream, index, nowMs)
      if (asked !== 'asked') continue
      this.#requests.again(index)
      missing++
    }
    if (missing === 0) return
    this.#options.events.upstreamFailed(
      upstream,
      new TreecastError('E_NOT_HELD', `the upstream no longer has ${missing} packets that were asked of it`),
    )
  }

  /** Every packet that is missing may be here: looks for it there. */
  lookIn(here: PacketsHere): void {
    if (!this.#stopped) this.#received.lookIn(here)
  }

  /** Tells upstreams what was stored since the last call. */
  acknowledge(): void {
    const { transfer } = this.#options.sealing
    const lists = toRangeLists(this.#unacknowledged.splice(0).sort((a, b) => a - b))
    for (const { requests, stripe } of this.upstreams()) {
      for (const ranges of lists) requests.send('ack', { transfer, stripe, ranges, durable: false })
    }
  }

  stop(): void {
    this.#stopped = true
    this.#requests.clear()
    this.#received.stop()
  }

  #table(header: PacketHeader, bytes: Uint8Array): void {
    if (header.index === this.#options.content.segments) this.#received.takeTable(bytes)
  }

  #content(upstream: Upstream, header: PacketHeader, sealed: Uint8Array): void {
    const { index, plainBytes } = header
    if (this.#requests.settle(upstream, index) === undefined) return
    const outcome = this.#received.takePacket(header, sealed)
    if (outcome === 'refused') this.#refuse(upstream, index)
    else upstream.bytes += plainBytes
    if (outcome === 'here') this.pump()
  }

  /** There may be something to acknowledge, or to ask for. */
  #goOn(): void {
    if (this.#unacknowledged.length >= LIMITS.packetsPerAck) this.acknowledge()
    this.pump()
  }

  #refuse(upstream: Upstream, index: number): void {
    upstream.refused++
    this.#requests.again(index)
    if (upstream.refused >= LIMITS.refusedPackets) {
      const text = `${upstream.refused} packets of this upstream failed their checks`
      this.#options.events.upstreamFailed(upstream, new TreecastError('E_PACKET_DIGEST', text))
      return
    }
    this.pump()
  }

  #request({ requests, stripe }: Upstream, name: 'request' | 'requestIfHeld', indices: readonly number[]): void {
    const { transfer } = this.#options.sealing
    for (const ranges of toRangeLists(indices)) {
      requests.send(name, { transfer, stripe, base: BASE_TYPE.content, ranges })
    }
  }
}
