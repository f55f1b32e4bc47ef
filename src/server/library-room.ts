/**
 * Room in the library for the next content, when its owner has set a quota. Pure.
 *
 * Contents that everybody has go first, the oldest of them first. Of those that somebody is still to get, the bytes of one that a terminal
 * has go next, for it can be delivered from there; the rest is never given up for another.
 */

import prettyBytes from 'pretty-bytes'

/** A content that the library holds, or has promised to hold. */
export interface LibraryContent {
  readonly transfer: number
  readonly bytes: number
  /** Whether a delivery of it is under way or owed. */
  readonly needed: boolean
  /** Whether what is owed of it can be delivered from a terminal. */
  readonly elsewhere: boolean
}

export type Room =
  | { readonly fits: true; readonly giveUp: readonly number[]; readonly leaveToTerminals: readonly number[] }
  | { readonly fits: false; readonly message: string }

/** What to give up so that `bytes` more fit into `quotaBytes`. */
export function makeRoom(contents: readonly LibraryContent[], bytes: number, quotaBytes: number): Room {
  let heldBytes = sum(contents)
  const take = (some: readonly LibraryContent[]): number[] =>
    some.toSorted(byAge).flatMap(({ transfer, bytes: freed }) => {
      if (heldBytes + bytes <= quotaBytes) return []
      heldBytes -= freed
      return [transfer]
    })
  const giveUp = take(contents.filter(({ needed }) => !needed))
  const leaveToTerminals = take(contents.filter(({ needed, elsewhere }) => needed && elsewhere))
  if (heldBytes + bytes <= quotaBytes) return { fits: true, giveUp, leaveToTerminals }
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
