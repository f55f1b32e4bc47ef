/**
 * Room in the library for the next content, when its owner has set a quota. Pure.
 *
 * Contents that everybody has go first, the oldest of them first; a content that somebody is still to get is never given up for another.
 */

import prettyBytes from 'pretty-bytes'

/** A content that the library holds, or has promised to hold. */
export interface LibraryContent {
  readonly transfer: number
  readonly bytes: number
  /** Whether a delivery of it is under way or owed. */
  readonly needed: boolean
}

export type Room =
  | { readonly fits: true; readonly giveUp: readonly number[] }
  | { readonly fits: false; readonly message: string }

/** What to give up so that `bytes` more fit into `quotaBytes`. */
export function makeRoom(contents: readonly LibraryContent[], bytes: number, quotaBytes: number): Room {
  const giveUp: number[] = []
  let heldBytes = sum(contents)
  for (const { transfer, bytes: freed } of contents.filter(({ needed }) => !needed).toSorted(byAge)) {
    if (heldBytes + bytes <= quotaBytes) break
    giveUp.push(transfer)
    heldBytes -= freed
  }
  if (heldBytes + bytes <= quotaBytes) return { fits: true, giveUp }
  const [quota, held, wanted] = [quotaBytes, heldBytes, bytes].map((size) => prettyBytes(size, { binary: true }))
  const message =
    `the library may hold ${quota} (--library-quota) and holds ${held} for deliveries that are not made yet; this content has ${wanted} or more. ` +
    'See `treecast status`, wait for those deliveries or call them off, or let serve have a larger quota'
  return { fits: false, message }
}

function byAge(one: LibraryContent, other: LibraryContent): number {
  return one.transfer - other.transfer
}

function sum(contents: readonly LibraryContent[]): number {
  return contents.reduce((total, { bytes }) => total + bytes, 0)
}
