/**
 * The data reception module 40 of FIG. 2C, for one transfer: asks upstreams for tables and packets, checks what comes, stores it and
 * acknowledges it. It knows nothing of children.
 *
 *   wanted ──request──► outstanding ──packet, all checks──► storing ──written──► held, acknowledged
 *     ▲                      │ bad packet, NOT_HELD, upstream lost
 *     └──────────────────────┘  that packet alone
 *
 * Bounds: at most LIMITS.requestWindowBytes of packets asked for and not yet stored, over all upstreams of a stripe. Order of checks:
 * header against the signed table, sealed digest, only then decryption and decompression, of what was compressed the plain digest, only
 * then the disk.
 */

import type { StoredContent } from '../content/stored-content.ts'
import type { Conversation } from '../link/conversation.ts'
import { hasDigest, sameBytes } from '../seal/digests.ts'
import { decodePacketTable, type VerifyBytes } from '../seal/packet-table-codec.ts'
import { openPacket } from '../seal/sealer.ts'
import type { Clock } from '../system/clock.ts'
import { TreecastError } from '../system/errors.ts'
import { giveBack, SharedBytes } from '../system/packet-memory.ts'
import { BASE_TYPE, COMPRESSION, ORIENTED_TYPE } from '../wire/codes.ts'
import { LIMITS } from '../wire/limits.ts'
import { CHECKSUM_BYTES, type PacketHeader } from '../wire/packet-header.ts'
import { fromRanges, toRangeLists } from '../wire/packet-ranges.ts'
import type { SealingFacts } from './sealing-facts.ts'

/** Where packets come from in one stripe. */
export interface Upstream {
  /** 0 is the first server. */
  readonly handle: number
  readonly stripe: number
  readonly requests: Conversation
  readonly outstanding: Set<number>
  outstandingBytes: number
  /** Plain bytes of good packets. */
  bytes: number
  /** Packets that failed a check. */
  refused: number
  /** The next table to ask it for. */
  nextTable: number
  /** When it last sent something that was asked of it, or was asked for the first time. */
  heardAtMs: number
  /** The smoothed pause between two things it sent. */
  pauseMs: number
  /** When the main server was last told that it sends nothing. */
  complainedAtMs: number
}

export interface ReceptionEvents {
  tableStored(segment: number): void
  /** Checked against the sealed digest and fit to be passed on; not yet stored. */
  packetChecked(index: number, sealed: SharedBytes): void
  packetStored(index: number): void
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
  readonly events: ReceptionEvents
}

export class Reception {
  readonly #options: ReceptionOptions
  /** The upstream of each stripe. */
  readonly #upstreams = new Map<number, Upstream>()
  /** Below this, every packet of the stripe is held, outstanding, or in `#again`. */
  readonly #cursor = new Map<number, number>()
  readonly #again = new Set<number>()
  readonly #storing = new Set<number>()
  #storingBytes = 0
  readonly #unacknowledged: number[] = []
  #stopped = false

  constructor(options: ReceptionOptions) {
    this.#options = options
  }

  upstreams(): Upstream[] {
    return [...this.#upstreams.values()]
  }

  /** From now on the stripe's packets are asked of this upstream; what the one before still owed is asked again. */
  setUpstream(stripe: number, handle: number, requests: Conversation): Upstream {
    this.#drop(stripe)
    const upstream: Upstream = {
      handle,
      stripe,
      requests,
      outstanding: new Set(),
      outstandingBytes: 0,
      bytes: 0,
      refused: 0,
      nextTable: this.#options.content.segments,
      heardAtMs: this.#options.clock.monotonic(),
      pauseMs: 0,
      complainedAtMs: Number.NEGATIVE_INFINITY,
    }
    this.#upstreams.set(stripe, upstream)
    this.pump()
    return upstream
  }

  /** The upstream is gone. @returns whether it was one */
  loseUpstream(upstream: Upstream): boolean {
    if (this.#upstreams.get(upstream.stripe) !== upstream) return false
    this.#drop(upstream.stripe)
    return true
  }

  /** Asks for as much as the windows allow. */
  pump(): void {
    if (this.#stopped) return
    for (const upstream of this.#upstreams.values()) {
      this.#requestTables(upstream)
      this.#requestPackets(upstream)
    }
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
    const upstream = this.#upstreams.get(header.stripe)
    // A late packet of an upstream that was left: it may be right, but somebody else was asked for it by now.
    if (upstream === undefined || upstream.handle !== handle) return
    const nowMs = this.#options.clock.monotonic()
    upstream.pauseMs += (nowMs - upstream.heardAtMs - upstream.pauseMs) / 8
    upstream.heardAtMs = nowMs
    if (header.base === BASE_TYPE.packetTable) this.#table(upstream, header, sealed)
    else if (header.base === BASE_TYPE.content) this.#content(upstream, header, sealed)
    else throw new TreecastError('E_PACKET_HEADER', `a packet of base type ${header.base} was never asked for`)
  }

  /** The upstream does not have these, or does not serve this terminal: it is left, and they are asked of the next. */
  notHeld(upstream: Upstream, base: number, ranges: readonly number[]): void {
    if (this.#upstreams.get(upstream.stripe) !== upstream) return
    if (base === BASE_TYPE.packetTable) {
      const text = 'the upstream does not serve this transfer to this terminal'
      this.#options.events.upstreamFailed(upstream, new TreecastError('E_NOT_HELD', text))
      return
    }
    let missing = 0
    for (const index of fromRanges(ranges, LIMITS.wantedPackets)) {
      if (!this.#settle(upstream, index)) continue
      this.#again.add(index)
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
    for (const { requests, stripe } of this.#upstreams.values()) {
      for (const ranges of lists) {
        requests.send('ack', { transfer, stripe, ranges, durable: durable && ranges === lists.at(-1) })
      }
    }
  }

  stop(): void {
    this.#stopped = true
    this.#upstreams.clear()
  }

  #table(upstream: Upstream, header: PacketHeader, bytes: Uint8Array): void {
    const { content, sealing, events, verifyTable } = this.#options
    if (header.index !== content.segments) return
    const table = decodePacketTable(bytes, verifyTable)
    if (table.transfer !== sealing.transfer || content.addTable(table, bytes) !== undefined) {
      throw new TreecastError('E_TABLE', `packet table ${header.index} belongs elsewhere`)
    }
    events.tableStored(table.segment)
    upstream.nextTable = Math.max(upstream.nextTable, content.segments)
    this.pump()
  }

  #content(upstream: Upstream, header: PacketHeader, sealed: Uint8Array): void {
    const { content, events, sealing } = this.#options
    const { index } = header
    if (!this.#settle(upstream, index)) return
    const facts = content.place(index)?.facts
    if (
      facts === undefined ||
      header.plainBytes !== facts.plainBytes ||
      sealed.length !== facts.sealedBytes ||
      header.compression !== facts.compression ||
      header.cipher !== sealing.cipher ||
      !sameBytes(header.checksum, facts.sealedDigest.subarray(0, CHECKSUM_BYTES)) ||
      !hasDigest(sealed, facts.sealedDigest)
    ) {
      this.#refuse(upstream, index)
      return
    }
    upstream.bytes += facts.plainBytes
    if (this.#has(index)) {
      this.pump()
      return
    }
    const shared = new SharedBytes(sealed)
    events.packetChecked(index, shared)
    void this.#store(index, shared)
  }

  async #store(index: number, sealed: SharedBytes): Promise<void> {
    const { content, events, sealing } = this.#options
    const facts = content.place(index)?.facts
    if (facts === undefined) return
    this.#storing.add(index)
    this.#storingBytes += facts.plainBytes
    try {
      const plain = openPacket({
        ...sealing,
        ...facts,
        index,
        baseType: BASE_TYPE.content,
        orientedType: ORIENTED_TYPE.file,
        sealed: sealed.bytes,
      })
      sealed.letGo()
      // Sealed bytes of a known digest, opened under the key that the manifest commits to, can only be the bytes that were sealed: for
      // those a second digest would find nothing, and cost a relay a sixth of its time. What a decompressor makes of them is checked.
      if (facts.compression !== COMPRESSION.none && !hasDigest(plain, facts.plainDigest))
        throw new TreecastError('E_PACKET_DIGEST', `packet ${index} opens to other bytes than its table says`)
      await content.write(index, plain)
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
    this.#again.add(index)
    if (upstream.refused >= LIMITS.refusedPackets) {
      const text = `${upstream.refused} packets of this upstream failed their checks`
      this.#options.events.upstreamFailed(upstream, new TreecastError('E_PACKET_DIGEST', text))
      return
    }
    this.pump()
  }

  #requestTables(upstream: Upstream): void {
    const { content, sealing } = this.#options
    // Tables are the same for all stripes: one upstream is enough.
    if (content.last !== undefined || this.#upstreams.values().next().value !== upstream) return
    const until = content.segments + LIMITS.tablesAhead
    if (upstream.nextTable >= until) return
    const ranges = [upstream.nextTable, until - upstream.nextTable]
    upstream.nextTable = until
    upstream.requests.send('request', {
      transfer: sealing.transfer,
      stripe: upstream.stripe,
      base: BASE_TYPE.packetTable,
      ranges,
    })
  }

  #requestPackets(upstream: Upstream): void {
    const { packetBytes, sealing } = this.#options
    const windowBytes = Math.max(LIMITS.requestWindowBytes, 4 * packetBytes)
    // Asking in batches: not for every packet that comes in.
    if (upstream.outstandingBytes + this.#storingBytes > (windowBytes * 3) / 4) return
    const chosen: number[] = []
    while (
      upstream.outstandingBytes + this.#storingBytes < windowBytes &&
      upstream.outstanding.size < LIMITS.wantedPackets / 2
    ) {
      const index = this.#nextWanted(upstream.stripe)
      if (index === undefined) break
      chosen.push(index)
      upstream.outstanding.add(index)
      upstream.outstandingBytes += packetBytes
    }
    const { transfer } = sealing
    const { requests, stripe } = upstream
    for (const ranges of toRangeLists(chosen.sort((a, b) => a - b))) {
      requests.send('request', { transfer, stripe, base: BASE_TYPE.content, ranges })
    }
  }

  #nextWanted(stripe: number): number | undefined {
    const { content, stripes } = this.#options
    for (const index of this.#again) {
      if (index % stripes !== stripe) continue
      this.#again.delete(index)
      if (!this.#has(index)) return index
    }
    let index = this.#cursor.get(stripe) ?? stripe
    while (index < content.knownPackets && this.#has(index)) index += stripes
    if (index >= content.knownPackets) {
      this.#cursor.set(stripe, index)
      return undefined
    }
    this.#cursor.set(stripe, index + stripes)
    return index
  }

  #has(index: number): boolean {
    return this.#options.content.held.has(index) || this.#storing.has(index)
  }

  /** The packet is no longer outstanding. @returns false when it was not */
  #settle(upstream: Upstream, index: number): boolean {
    if (!upstream.outstanding.delete(index)) return false
    upstream.outstandingBytes -= this.#options.packetBytes
    return true
  }

  #drop(stripe: number): void {
    const upstream = this.#upstreams.get(stripe)
    if (upstream === undefined) return
    this.#upstreams.delete(stripe)
    for (const index of upstream.outstanding) this.#again.add(index)
    upstream.outstanding.clear()
    upstream.outstandingBytes = 0
  }
}
