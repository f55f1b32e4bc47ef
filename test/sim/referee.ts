/** Sees everything that goes over the modelled network and onto the modelled disks, and says what must never be. */

import type { Frame } from '../../src/link/link.ts'
import type { Clock } from '../../src/system/clock.ts'
import type { Files } from '../../src/system/files.ts'
import { MESSAGE, messageName } from '../../src/wire/message-types.ts'
import { decodeMessage } from '../../src/wire/messages.ts'
import { decodeReceipt, decodeTicket } from '../../src/wire/signed-documents.ts'
import { ContentLaw, publishedBy } from './content-law.ts'
import type { Contents, PushedContent } from './contents.ts'
import type { LostCopies } from './lost-copies.ts'
import { PacketLaw } from './packet-law.ts'
import { MAIN } from './scenario.ts'
import { TimeLaw } from './time-law.ts'
import type { Trace } from './trace.ts'
import { TreeLaw } from './tree-law.ts'
import type { OutgoingFrame, WatchedLink } from './watched-network.ts'

export interface RefereeOptions {
  readonly trace: Trace
  readonly contents: Contents
  readonly lostCopies: LostCopies
  /** What the pusher on that host pushes. */
  readonly pushedBy: (host: string) => PushedContent | undefined
  readonly clock: Clock
  /** Whether nothing was ever done to that terminal, and it relays: its place in a tree is what the others believe it to be. */
  readonly isSound: (terminal: string) => boolean
  /** The main server's clock. */
  readonly mainNow: () => number
}

export class Referee {
  readonly content: ContentLaw
  readonly tree: TreeLaw
  readonly times: TimeLaw
  readonly #options: RefereeOptions
  readonly #packets: PacketLaw
  /** The link on which each terminal speaks to the main server about itself. */
  readonly #controls = new Map<string, WatchedLink>()
  #failure: string | undefined
  #cutOff: ReadonlySet<string> = new Set()

  constructor(options: RefereeOptions) {
    const fail = (what: string) => this.fail(what)
    this.#options = options
    this.content = new ContentLaw({ ...options, fail, wasReached: (atMs) => this.times.wasReached(atMs) })
    const isHeard = (terminal: string) => this.#controls.get(terminal)?.open === true
    this.tree = new TreeLaw({ ...options, isHeard, fail })
    this.times = new TimeLaw({ clock: options.clock, mainNow: options.mainNow, fail })
    this.#packets = new PacketLaw(fail)
  }

  /** Nobody sends packets to these from now on. */
  cutOff(terminals: ReadonlySet<string>): void {
    this.#cutOff = new Set(terminals)
  }

  /** What was broken first. */
  get failure(): string | undefined {
    return this.#failure
  }

  fail(what: string): void {
    this.#options.trace.add(`BROKEN ${what}`)
    this.#failure ??= what
  }

  /** An honest machine sends a frame. */
  outgoing(from: string, link: WatchedLink, frame: OutgoingFrame): void {
    const { trace } = this.#options
    const [head] = frame.parts
    const bytes = frame.parts.reduce((sum, part) => sum + part.length, 0)
    trace.add(`${from}→${link.peer} ${messageName(frame.type)} ${bytes}`)
    if ((frame.type === MESSAGE.packet || frame.type === MESSAGE.deliver) && this.#cutOff.has(link.peer))
      this.fail(`${from} serves ${link.peer}, which was cut off`)
    if (frame.type === MESSAGE.packet) this.#packets.outgoing(from, link, frame)
    else if (head !== undefined) this.#said(from, link, frame.type, head)
  }

  /** An honest terminal hears a frame. */
  incoming(to: string, link: WatchedLink, { type, body }: Frame): void {
    if (type === MESSAGE.transportRequest || type === MESSAGE.deliver) {
      const { ticket } = decodeMessage(type === MESSAGE.deliver ? 'deliver' : 'transportRequest', body)
      this.times.requested(to, decodeTicket(ticket.payload).transfer)
    } else if (link.peer !== MAIN || !link.dialled) return
    else if (type === MESSAGE.clock) this.times.clockRead(to)
    else if (type === MESSAGE.cancel) this.times.heardOff(to, decodeMessage('cancel', body).transfer)
  }

  /** A terminal renamed something on its disk. */
  async renamed(terminal: string, files: Files, from: string, to: string): Promise<void> {
    const transfer = publishedBy(from, to)
    if (transfer !== undefined) this.times.shown(terminal, transfer)
    await this.content.renamed(terminal, files, from, to)
  }

  #said(from: string, link: WatchedLink, type: number, body: Uint8Array): void {
    const { contents, pushedBy } = this.#options
    switch (type) {
      case MESSAGE.hello:
        if (link.dialled && decodeMessage('hello', body).purpose === 'control') this.#controls.set(from, link)
        return
      case MESSAGE.planned: {
        const { snapshot } = decodeMessage('planned', body)
        const content = pushedBy(link.peer)
        if (content === undefined || snapshot.transfer === null) return
        contents.record(snapshot.transfer, content)
        this.tree.planned(snapshot)
        this.times.planned(snapshot)
        return
      }
      case MESSAGE.request:
        this.tree.asked(from, link, decodeMessage('request', body))
        return
      case MESSAGE.ack: {
        const ack = decodeMessage('ack', body)
        if (ack.durable) this.tree.thanked(from, link, ack)
        return
      }
      case MESSAGE.receipt:
        this.tree.finished(from, decodeReceipt(decodeMessage('receipt', body).receipt.payload).transfer)
        return
      case MESSAGE.failure: {
        const failure = decodeMessage('failure', body)
        if (failure.about === 'self') this.tree.gaveUp(from, failure.transfer)
        // Who only complains that nothing comes keeps its upstream.
        else if (failure.about === 'upstream' && failure.code !== 'E_STALLED') this.tree.lost(from, failure)
        return
      }
    }
  }
}
