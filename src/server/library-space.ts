/** The room that contents take in the library: tells it, refuses a push that does not fit, and has others given up for it. */

import prettyBytes from 'pretty-bytes'
import { TreecastError } from '../system/errors.ts'
import type { MessageBody } from '../wire/messages.ts'
import type { LibraryHoldings } from '../wire/snapshot.ts'
import { isOwed } from './delivery-view.ts'
import type { Library } from './library.ts'
import { type LibraryContent, makeRoom } from './library-room.ts'
import { mayProvide } from './providers.ts'
import type { RunningTransfer } from './running-transfer.ts'

export interface LibrarySpaceOptions {
  readonly library: Pick<Library, 'freeBytes'>
  /** Its owner's limit. Default: none. */
  readonly quotaBytes?: number | undefined
  readonly transfers: () => readonly RunningTransfer[]
  /** Lets a transfer go whose content nobody needs. */
  readonly forget: (transfer: number) => Promise<void>
  /** Gives up the bytes of a content that is delivered from terminals from then on. */
  readonly leaveToTerminals: (transfer: number) => Promise<void>
}

export class LibrarySpace {
  readonly #options: LibrarySpaceOptions

  constructor(options: LibrarySpaceOptions) {
    this.#options = options
  }

  /** Makes room for the content of a push. @throws E_NO_SPACE, E_LIBRARY_FULL */
  async refuseWithoutSpace({ bytes }: MessageBody<'push'>): Promise<void> {
    await this.#makeRoom(bytes ?? 0)
    const freeBytes = await this.#options.library.freeBytes()
    if (bytes === null || bytes <= freeBytes) return
    const message = `the main server has ${prettyBytes(freeBytes, { binary: true })} free for its library and the content has ${prettyBytes(bytes, { binary: true })}: free space there`
    throw new TreecastError('E_NO_SPACE', message)
  }

  /** What the library holds, and its room. */
  async use(): Promise<LibraryHoldings> {
    const held = this.#options
      .transfers()
      .map(libraryContent)
      .filter(({ bytes }) => bytes > 0)
    const bytes = held.reduce((sum, content) => sum + content.bytes, 0)
    return {
      contents: held.length,
      bytes,
      quotaBytes: this.#options.quotaBytes ?? null,
      freeBytes: await this.#options.library.freeBytes(),
    }
  }

  /** Gives up contents that everybody has, when the quota asks for it. @throws E_LIBRARY_FULL */
  async #makeRoom(bytes: number): Promise<void> {
    const { quotaBytes, transfers, forget, leaveToTerminals } = this.#options
    if (quotaBytes === undefined) return
    const room = makeRoom(transfers().map(libraryContent), bytes, quotaBytes)
    if (!room.fits) throw new TreecastError('E_LIBRARY_FULL', room.message)
    await Promise.all(room.giveUp.map((id) => forget(id)))
    for (const id of room.leaveToTerminals) await leaveToTerminals(id)
  }

  /** @throws E_LIBRARY_FULL when a content whose size nobody knew has become too large */
  assertRoom(): void {
    const { quotaBytes, transfers } = this.#options
    if (quotaBytes === undefined) return
    const room = makeRoom(transfers().map(libraryContent), 0, quotaBytes)
    if (!room.fits) throw new TreecastError('E_LIBRARY_FULL', room.message)
  }
}

/** What a transfer takes up in the library, with what is still to come of it. */
function libraryContent(transfer: RunningTransfer): LibraryContent {
  const { id, final, stored, expectedBytes, storedBytes, distribution } = transfer
  const needed = !final || (stored && distribution.deliveries.some(isOwed))
  const isHere = transfer.isInLibrary && (stored || !final)
  const { deliveries } = distribution
  const elsewhere = final && stored && mayProvide(deliveries, transfer.destinations.length)
  return { transfer: id, elsewhere, bytes: isHere ? Math.max(storedBytes, expectedBytes) : 0, needed }
}
