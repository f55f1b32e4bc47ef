/**
 * Applies what library-room.ts decides: makes room for the next content, and lets go of what is kept for nothing.
 *
 * Guarantee: what is kept though nobody is still to get it is never the reason why a push is refused.
 */

import prettyBytes from 'pretty-bytes'
import type { Clock, Timer } from '../system/clock.ts'
import { TreecastError } from '../system/errors.ts'
import { LIMITS } from '../wire/limits.ts'
import type { HeldContentView, LibraryHoldings } from '../wire/snapshot.ts'
import { isOwed } from './delivery-view.ts'
import type { Library } from './library.ts'
import type { LibraryKeeper } from './library-keeper.ts'
import { freeRoom, heldBytes, type KeptReference, type LibraryContent, makeRoom, outlived } from './library-room.ts'
import { mayProvide } from './providers.ts'
import type { RunningTransfer } from './running-transfer.ts'
import type { ServerPolicy } from './server-policy.ts'

export interface LibrarySpaceOptions {
  readonly clock: Clock
  readonly library: Library
  readonly keeper: LibraryKeeper
  readonly policy: ServerPolicy
  readonly transfers: () => readonly RunningTransfer[]
  /** Lets a transfer go that is over. */
  readonly forget: (transfer: number) => Promise<void>
  /** Gives up the bytes of a content that terminals have: whoever is still to get it, gets it from one of them. */
  readonly leaveToTerminals: (transfer: number) => Promise<void>
}

/** Contents that a status answer names. */
const LISTED_CONTENTS = 1000

export class LibrarySpace {
  readonly #options: LibrarySpaceOptions
  #look: Timer | undefined
  #tidying: Promise<void> = Promise.resolve()

  constructor(options: LibrarySpaceOptions) {
    this.#options = options
  }

  /** Lets go of what is kept for nothing, now and as time passes. */
  start(): Promise<void> {
    this.tidy()
    this.#look = this.#options.clock.after(LIMITS.libraryLookMs, () => void this.start(), { background: true })
    return this.#tidying
  }

  stop(): Promise<void> {
    this.#look?.cancel()
    return this.#tidying
  }

  /** @throws E_LIBRARY_FULL, E_NO_SPACE when a content of so many bytes, if that is known, cannot be taken in */
  async makeRoomFor(bytes: number | null): Promise<void> {
    await this.#withinQuota(bytes ?? 0)
    if (bytes === null) return
    const { library } = this.#options
    if (bytes > (await library.freeBytes())) await this.#makeSpace(bytes)
    const freeBytes = await library.freeBytes()
    if (bytes <= freeBytes) return
    const message = `the main server has ${prettyBytes(freeBytes, { binary: true })} free for its library and the content has ${prettyBytes(bytes, { binary: true })}: free space there`
    throw new TreecastError('E_NO_SPACE', message)
  }

  /** @throws E_LIBRARY_FULL when the contents that come in have become too large */
  async assertRoom(): Promise<void> {
    const { policy } = this.#options
    if (policy.libraryQuotaBytes === undefined) return
    if (heldBytes(this.#contents()) > policy.libraryQuotaBytes) await this.#withinQuota(0)
  }

  /** The disk is full: lets go of everything that nobody is still to get. @returns whether there was any */
  async makeSpace(): Promise<boolean> {
    return this.#makeSpace(Number.POSITIVE_INFINITY)
  }

  /** Lets go of what is kept for nothing, soon. */
  tidy(): void {
    this.#tidying = this.#tidying.then(() => this.#tidy()).catch(() => undefined)
  }

  /** What the library holds, and its room. */
  async use(): Promise<LibraryHoldings> {
    const { policy, library } = this.#options
    const contents = this.#contents().filter(({ bytes }) => bytes > 0)
    return {
      contents: new Set(contents.map(({ digest, transfer }) => digest ?? transfer)).size,
      bytes: heldBytes(contents),
      quotaBytes: policy.libraryQuotaBytes ?? null,
      freeBytes: await library.freeBytes(),
      held: this.#views().slice(0, LISTED_CONTENTS),
    }
  }

  async #withinQuota(bytes: number): Promise<void> {
    const { policy, keeper, forget, leaveToTerminals } = this.#options
    if (policy.libraryQuotaBytes === undefined) return
    const room = makeRoom(this.#contents(), bytes, policy.libraryQuotaBytes)
    if (!room.fits) throw new TreecastError('E_LIBRARY_FULL', room.message)
    await Promise.all(room.giveUp.map(forget))
    await keeper.release(room.giveUp)
    for (const transfer of room.leaveToTerminals) await leaveToTerminals(transfer)
  }

  async #makeSpace(bytes: number): Promise<boolean> {
    const { keeper, forget } = this.#options
    const giveUp = freeRoom(this.#contents(), bytes)
    await Promise.all(giveUp.map(forget))
    await keeper.release(giveUp)
    return giveUp.length > 0
  }

  async #tidy(): Promise<void> {
    const { keeper, clock, library } = this.#options
    await keeper.release(outlived(this.#unlessRunning(), clock.now(), this.#ageMs))
    const lackingBytes = LIMITS.libraryFreeBytes - (await library.freeBytes())
    if (lackingBytes > 0) await keeper.release(freeRoom(this.#unlessRunning(), lackingBytes))
  }

  get #ageMs(): number {
    return this.#options.policy.libraryAgeMs ?? LIMITS.libraryAgeMs
  }

  /** What is over lingers for late children; it is looked at when it goes. */
  #unlessRunning(): KeptReference[] {
    const running = new Set(this.#options.transfers().map(({ id }) => id))
    return this.#references().map((kept) => (running.has(kept.transfer) ? { ...kept, needed: true } : kept))
  }

  /** Everything that takes up room, with what is still to come of it. */
  #contents(): LibraryContent[] {
    const { keeper, transfers } = this.#options
    const incoming = transfers()
      .filter(({ id, final }) => !final && keeper.find(id) === undefined)
      .map((transfer) => ({ ...needOf(transfer), digest: undefined, bytes: transfer.reservedBytes }))
    return [...this.#references(), ...incoming]
  }

  #references(): KeptReference[] {
    const { keeper, transfers } = this.#options
    const byId = new Map(transfers().map((transfer) => [transfer.id, transfer]))
    return keeper.all().map((kept) => {
      const transfer = byId.get(kept.transfer)
      return transfer === undefined ? { ...kept, needed: false, elsewhere: false } : { ...kept, ...needOf(transfer) }
    })
  }

  /** One for each content, newest first. */
  #views(): HeldContentView[] {
    const byId = new Map(this.#options.transfers().map((transfer) => [transfer.id, transfer]))
    const views = new Map<string, HeldContentView>()
    for (const { transfer, destination, digest, bytes, sinceMs } of this.#options.keeper.all().toReversed()) {
      const why = reasonOf(byId.get(transfer))
      const newer = views.get(digest)
      const first = { digest, bytes, destination, transfer, transfers: 0, why, since: new Date(sinceMs).toISOString() }
      const until = new Date(sinceMs + this.#ageMs).toISOString()
      const view = newer ?? { ...first, until }
      const strongest = REASONS.find((reason) => reason === view.why || reason === why) ?? why
      views.set(digest, { ...view, transfers: view.transfers + 1, why: strongest })
    }
    return [...views.values()].map((view) => (view.why === 'kept' ? view : { ...view, until: null }))
  }
}

/** The one that holds it longest stands first. */
const REASONS = ['delivering', 'owed', 'kept'] as const satisfies readonly HeldContentView['why'][]

function reasonOf(transfer: RunningTransfer | undefined): HeldContentView['why'] {
  if (transfer === undefined || !needOf(transfer).needed) return 'kept'
  return transfer.final ? 'owed' : 'delivering'
}

/** What is still to come of a transfer's content. */
function needOf({
  id,
  final,
  stored,
  destinations,
  distribution,
}: RunningTransfer): Omit<LibraryContent, 'digest' | 'bytes'> {
  const { deliveries } = distribution
  const needed = !final || (stored && deliveries.some(isOwed))
  return { transfer: id, needed, elsewhere: final && stored && mayProvide(deliveries, destinations.length) }
}
