/**
 * What the library holds on to, and what it lets go. Pure.
 *
 *   somebody is still to get it     held; when the quota asks for its room and a terminal has it, its bytes are left to the terminal
 *   everybody has it                kept for the next push to the same destination: the newest there, for as long as the owner wants,
 *                                   until the quota or the disk needs its room, the oldest first
 */

import prettyBytes from 'pretty-bytes'

/** A transfer that refers to a content of the library, or whose content is still coming in. */
export interface LibraryContent {
  readonly transfer: number
  /** Equal for transfers that share one content; undefined for what is coming in, which nobody shares. */
  readonly digest: string | undefined
  readonly bytes: number
  /** Whether a delivery of it is under way or owed. */
  readonly needed: boolean
  /** Whether what is owed of it can be delivered from a terminal. */
  readonly elsewhere: boolean
}

/** One that nothing is owed of, if not needed, and for whom it is kept. */
export interface KeptReference extends LibraryContent {
  readonly destination: string
  /** In milliseconds since 1970. */
  readonly sinceMs: number
}

export type Room =
  | { readonly fits: true; readonly giveUp: readonly number[]; readonly leaveToTerminals: readonly number[] }
  | { readonly fits: false; readonly message: string }

/** The bytes that these take up together. */
export function heldBytes(contents: readonly LibraryContent[]): number {
  return byContent(contents).reduce((total, [{ bytes }]) => total + bytes, 0)
}

/** The transfers that are to let go of their contents so that `bytes` more fit into `quotaBytes`. */
export function makeRoom(contents: readonly LibraryContent[], bytes: number, quotaBytes: number): Room {
  const groups = byContent(contents)
  let held = heldBytes(contents)
  const take = (some: readonly Group[]): LibraryContent[] =>
    some.toSorted(byAge).flatMap((group) => {
      if (held + bytes <= quotaBytes) return []
      held -= group[0].bytes
      return group
    })
  const giveUp = take(groups.filter((group) => group.every(({ needed }) => !needed)))
  const left = take(
    groups.filter(
      (group) => group.some(({ needed }) => needed) && group.every(({ needed, elsewhere }) => !needed || elsewhere),
    ),
  )
  if (held + bytes <= quotaBytes) {
    return {
      fits: true,
      giveUp: [...giveUp, ...left.filter(({ needed }) => !needed)].map(({ transfer }) => transfer),
      leaveToTerminals: left.filter(({ needed }) => needed).map(({ transfer }) => transfer),
    }
  }
  const [quota, holds, wanted] = [quotaBytes, held, bytes].map((size) => prettyBytes(size, { binary: true }))
  const message =
    `the library may hold ${quota} (--library-quota) and holds ${holds} for deliveries that are not made yet; this content has ${wanted} or more. ` +
    'See `treecast status`, wait for those deliveries or call them off, or let serve have a larger quota'
  return { fits: false, message }
}

/** The transfers that nobody is still to get and that are kept for nothing: another is newer at their destination, or they are too old. */
export function outlived(kept: readonly KeptReference[], nowMs: number, ageMs: number): number[] {
  const newest = new Map(kept.map(({ destination, transfer }) => [destination, transfer]))
  return kept
    .filter(({ needed, destination, transfer, sinceMs }) => {
      if (needed) return false
      return newest.get(destination) !== transfer || nowMs - sinceMs >= ageMs
    })
    .map(({ transfer }) => transfer)
}

/** The transfers, oldest first, that are to let go of what nobody is still to get for `bytes` more of room on the disk. */
export function freeRoom(contents: readonly LibraryContent[], bytes: number): number[] {
  let freed = 0
  return byContent(contents)
    .filter((group) => group.every(({ needed, digest }) => !needed && digest !== undefined))
    .toSorted(byAge)
    .flatMap((group) => {
      if (freed >= bytes) return []
      freed += group[0].bytes
      return group.map(({ transfer }) => transfer)
    })
}

/** Transfers of one content. */
type Group = readonly [LibraryContent, ...LibraryContent[]]

function byContent(contents: readonly LibraryContent[]): Group[] {
  const groups = new Map<string, [LibraryContent, ...LibraryContent[]]>()
  for (const content of contents) {
    const key = content.digest ?? `incoming ${content.transfer}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [content])
    else group.push(content)
  }
  return [...groups.values()]
}

/** By the newest transfer of each. */
function byAge(one: Group, other: Group): number {
  return newestOf(one) - newestOf(other)
}

function newestOf(group: Group): number {
  return Math.max(...group.map(({ transfer }) => transfer))
}
