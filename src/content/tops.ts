/**
 * What of a content stands in the inbox by a name of its own, each with an atomic switch of its own: one for a file or a folder, one for
 * each PATH of a push of several. Pure.
 */

import { type DestinationRefusal, refuseDestination } from './destination.ts'
import { type Entry, TOP } from './entries.ts'
import { foldName } from './safe-name.ts'

export interface Top {
  /** Relative to the inbox. */
  readonly destination: string
  readonly kind: 'file' | 'folder'
}

/** The destination that stands for the inbox itself: several PATHs may land there side by side, nothing else may be called so. */
export const INBOX_ITSELF = '.'

/** Where a part of several lands in the folder `destination`. */
export function destinationIn(destination: string, name: string): string {
  return destination === INBOX_ITSELF ? name : `${destination}/${name}`
}

export interface TopsOfContent {
  /** Of the one top, or the folder in which several lie. */
  readonly destination: string
  /** Null for the bytes of one file. */
  readonly entryList: { readonly tops: readonly Top[] } | null
}

/** The tops of a content, as its signed description has them. */
export function topsOf({ destination, entryList }: TopsOfContent): readonly Top[] {
  return entryList?.tops ?? [{ destination, kind: 'file' }]
}

/** Why a content must not land like this; undefined when it may. */
export function refuseTops(content: TopsOfContent): DestinationRefusal | undefined {
  const { destination } = content
  const tops = topsOf(content)
  if (tops.length === 0) return refusal(`nothing is to land at '${destination}': name a file or folder that is there`)
  const folds = new Set<string>()
  for (const top of tops) {
    const refused = refuseDestination(top.destination)
    if (refused !== undefined) return refused
    folds.add(foldName(top.destination))
  }
  const name = (path: string) => path.slice(path.lastIndexOf('/') + 1)
  const placed = tops.every((top) => top.destination === destinationIn(destination, name(top.destination)))
  if (!placed && (tops.length > 1 || tops[0]?.destination !== destination)) {
    return refusal(`what is to land at '${destination}' names places elsewhere`)
  }
  return folds.size === tops.length
    ? undefined
    : refusal('two of the PATHs have the same last name: push them one by one')
}

/** Whether the entries at the top of a list are those that the content's description tells of. */
export function isListOf(entries: readonly Entry[], tops: readonly Top[]): boolean {
  const found = entries.filter((entry) => entry.in === TOP)
  return (
    found.length === tops.length &&
    tops.every(({ destination, kind }, k) => {
      const entry = found[k] as Entry
      return entry.kind === kind && (destination === entry.name || destination.endsWith(`/${entry.name}`))
    })
  )
}

function refusal(message: string): DestinationRefusal {
  return { code: 'E_DESTINATION', message }
}
