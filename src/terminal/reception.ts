/**
 * The data reception module 40 of FIG. 2C, for one transfer: asks upstreams for tables and packets, checks what comes, stores it and
 * acknowledges it. It knows nothing of children; whom to ask for what is decided in packet-requests.ts.
 *
 *   asked for ──packet, all checks──► storing ──written──► held, acknowledged
 *       │ bad packet, NOT_HELD, upstream lost: asked again, that packet alone
 *
 * A segment's packets are looked for here (local-packets.ts) before they are asked for; its tables are asked for by table-requests.ts.
 *
 * A small content comes whole, without being asked for, and meets the same checks.
 *
 * What a packet must be is checked by packet-checks.ts, all of it before the disk.
 */

import type { StoredContent } from '../content/stored-content.ts'
import type { Conversation } from '../link/conversation.ts'
import { decodePacketTable, type VerifyBytes } from '../seal/packet-table-codec.ts'
import type { Clock } from '../system/clock.ts'
import { TreecastError } from '../system/errors.ts'
import { giveBack, SharedBytes } from '../system/packet-memory.ts'
import { BASE_TYPE } from '../wire/codes.ts'
import { LIMITS } from '../wire/limits.ts'
import type { PacketHeader } from '../wire/packet-header.ts'
import { fromRanges, toRangeLists } from '../wire/packet-ranges.ts'
import { LocalPackets } from './local-packets.ts'
import { isAsSigned, isSealedAsSigned, openChecked } from './packet-checks.ts'
import type { PacketFinder } from './packet-finder.ts'
import { PacketRequests } from './packet-requests.ts'
import type { SealingFacts } from './sealing-facts.ts'
import { TableRequests } from './table-requests.ts'
import { Upstream } from './upstream.ts'
import type { WholeContent } from './whole-content.ts'

export interface ReceptionEvents {
  tableStored(segment: number): void
  /** Checked against the sealed digest and fit to be passed on; not yet stored. */
  packetChecked(index: number, sealed: SharedBytes): void
  packetStored(index: number): void
  /** A packet was found here, and stored from there. */
  packetReused(index: number): void
  /** A packet failed a check, and is asked for again. */
  refused(): void
  /** Storing failed: this delivery is over. */
  failed(error: unknown): void
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
  readonly #local: LocalPackets
  readonly #storing = new Set<number>()
  #storingBytes = 0
  readonly #unacknowledged: number[] = []
  #stopped = false

  constructor(options: ReceptionOptions) {
    const { content, sealing, stripes, packetBytes, clock, finder, events } = options
    this.#options = options
    this.#local = new LocalPackets({
      content,
      finder,
      has: (index) => this.#has(index),
      reused: (index) => {
        events.packetReused(index)
        events.packetStored(index)
      },
      ready: () => this.pump(),
      failed: (error) => events.failed(error),
    })
    this.#requests = new PacketRequests({
      stripes,
      packetBytes,
      startedAtMs: clock.monotonic(),
      known: () => this.#local.known,
      has: (index) => this.#has(index),
    })
    this.#tables = new TableRequests({ transfer: sealing.transfer, content, upstreams: () => this.upstreams() })
    this.#local.lookFor(content.knownPackets)
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
    this.#drop(stripe)
    this.#requests.use(upstream)
    this.pump()
    return upstream
  }

  /** The upstream is gone. @returns whether it was one */
  loseUpstream(upstream: Upstream): boolean {
    if (this.#requests.upstream(upstream.stripe) !== upstream) return false
    this.#drop(upstream.stripe)
    this.pump()
    return true
  }

  /** Asks for as much as the windows allow. */
  pump(): void {
    if (this.#stopped) return
    this.#tables.ask()
    const nowMs = this.#options.clock.monotonic()
    const upstreams = this.#requests.upstreams()
    for (const upstream of upstreams) {
      this.#request(upstream, 'request', this.#requests.ask(upstream, nowMs, this.#storingBytes))
    }
    for (const upstream of upstreams) this.#request(upstream, 'requestIfHeld', this.#requests.help(upstream, nowMs))
  }

  /** Time has passed: an upstream that has fallen silent is not waited for where another may help. */
  lookAround(): void {
    this.#tables.lookAround(this.#options.clock.monotonic())
    this.pump()
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
  takeWhole({ tables, packets }: WholeContent): boolean {
    const { content, events } = this.#options
    for (const bytes of tables.slice(content.segments)) this.#addTable(bytes.slice())
    let refused = 0
    for (const [index, sealed] of packets.entries()) {
      const place = content.place(index)
      if (place === undefined || !isSealedAsSigned(sealed, place)) {
        refused++
        events.refused()
      } else if (!this.#has(index)) {
        this.#requests.came(index)
        // Alone in its memory, which is given back.
        const shared = new SharedBytes(sealed.slice())
        events.packetChecked(index, shared)
        void this.#store(index, shared)
      }
    }
    return refused === 0
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

  /** Tells upstreams what was stored since the last call; `durable` that everything is here for good. */
  acknowledge(durable: boolean): void {
    const { transfer } = this.#options.sealing
    const lists = toRangeLists(this.#unacknowledged.splice(0).sort((a, b) => a - b))
    if (durable && lists.length === 0) lists.push([])
    for (const { requests, stripe } of this.upstreams()) {
      for (const ranges of lists) {
        requests.send('ack', { transfer, stripe, ranges, durable: durable && ranges === lists.at(-1) })
      }
    }
  }

  stop(): void {
    this.#stopped = true
    this.#requests.clear()
    this.#local.stop()
  }

  #table(header: PacketHeader, bytes: Uint8Array): void {
    if (header.index === this.#options.content.segments) this.#addTable(bytes)
  }

  #addTable(bytes: Uint8Array): void {
    const { content, sealing, events, verifyTable } = this.#options
    const table = decodePacketTable(bytes, verifyTable)
    if (table.transfer !== sealing.transfer || content.addTable(table, bytes) !== undefined) {
      throw new TreecastError('E_TABLE', `packet table ${content.segments} belongs elsewhere`)
    }
    events.tableStored(table.segment)
    this.#local.lookFor(content.knownPackets)
    this.pump()
  }

  #content(upstream: Upstream, header: PacketHeader, sealed: Uint8Array): void {
    const { content, events, sealing } = this.#options
    const { index } = header
    if (this.#requests.settle(upstream, index) === undefined) return
    const place = content.place(index)
    if (place === undefined || !isAsSigned(header, sealed, place, sealing.cipher)) {
      this.#refuse(upstream, index)
      return
    }
    upstream.bytes += place.facts.plainBytes
    this.#requests.came(index)
    if (this.#has(index)) {
      this.pump()
      return
    }
    const shared = new SharedBytes(sealed)
    events.packetChecked(index, shared)
    void this.#store(index, shared)
  }

  async #store(index: number, sealed: SharedBytes): Promise<void> {
    const { content, events, sealing, finder } = this.#options
    const place = content.place(index)
    if (place === undefined) return
    const { facts } = place
    this.#storing.add(index)
    this.#storingBytes += facts.plainBytes
    try {
      const plain = openChecked(index, place, { sealing, sealed: sealed.bytes })
      sealed.letGo()
      await content.write(index, plain)
      for (const twin of finder.stored(index)) await this.#local.store(twin, plain)
      giveBack(plain)
      if (this.#stopped) return
      this.#unacknowledged.push(index)
      events.packetStored(index)
    } catch (error) {
      if (!this.#stopped) events.failed(error)
      return
    } finally {
      this.#storing.delete(index)
      this.#storingBytes -= facts.plainBytes
    }
    if (this.#unacknowledged.length >= LIMITS.packetsPerAck) this.acknowledge(false)
    this.pump()
  }

  #refuse(upstream: Upstream, index: number): void {
    upstream.refused++
    this.#options.events.refused()
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

  #has(index: number): boolean {
    const { content, finder } = this.#options
    return content.held.has(index) || this.#storing.has(index) || finder.awaits(index)
  }

  #drop(stripe: number): void {
    this.#tables.drop(stripe)
    this.#requests.drop(stripe, this.#options.clock.monotonic())
  }
}
