/** What was really pushed: the truth that everything on a disk is compared with. */

import { type Entry, TOP } from '../../src/content/entries.ts'
import { encodeEntryList } from '../../src/content/entry-list-codec.ts'
import { destinationIn } from '../../src/content/tops.ts'
import { digestOf } from '../../src/seal/digests.ts'
import type { EntryListDescription } from '../../src/wire/signed-documents.ts'
import { drawEntries } from './drawn-entries.ts'
import { Draws, seedOf } from './draws.ts'
import type { FolderPlan, PushPlan } from './scenario.ts'
import { fileText, textsOf } from './tree-text.ts'

export interface PushedTop {
  readonly destination: string
  /** What lies there once it is active. */
  readonly text: string
}

export interface PushedContent {
  readonly push: PushPlan
  /** The whole stream: of a folder, its entry list first. */
  readonly bytes: Uint8Array
  readonly entryList: EntryListDescription | null
  readonly tops: readonly PushedTop[]
}

/** A pushed file's mode and time. */
export const FILE_FACTS = { mode: 0o644, modifiedMs: 1_700_000_000_000 }

export class Contents {
  readonly #byTransfer = new Map<number, PushedContent>()

  /** The main server has given the push this number. */
  record(transfer: number, content: PushedContent): void {
    this.#byTransfer.set(transfer, content)
  }

  find(transfer: number): PushedContent | undefined {
    return this.#byTransfer.get(transfer)
  }

  transfers(): number[] {
    return [...this.#byTransfer.keys()]
  }

  /** Whether the transfer has content at that destination. */
  reaches(transfer: number, destination: string): boolean {
    return this.#byTransfer.get(transfer)?.tops.some((top) => top.destination === destination) === true
  }

  /** The newest transfer, no older than `oldest`, of exactly this at that destination. */
  at(destination: string, text: string, oldest: number): number | undefined {
    const newestFirst = this.transfers().sort((a, b) => b - a)
    return newestFirst.find((transfer) => {
      const tops = this.#byTransfer.get(transfer)?.tops ?? []
      return transfer >= oldest && tops.some((top) => top.destination === destination && top.text === text)
    })
  }
}

/** A push's content: some of it shrinks when it is compressed, some does not; some is what one of `pushes` was, with a few changes. */
export function contentOf(seed: number, push: PushPlan, pushes: readonly PushPlan[] = []): PushedContent {
  const bytes = bytesOf(seed, push, pushes)
  if (push.folder !== undefined) {
    const draws = new Draws(seedOf(seed, `entries of ${firstEdition(push, pushes).name}`))
    return folderContent(draws, { push, folder: push.folder, bytes })
  }
  return { push, bytes, entryList: null, tops: [{ destination: push.destination, text: fileText(bytes, FILE_FACTS) }] }
}

/** Those of the file, or of all files of a folder. */
function bytesOf(seed: number, push: PushPlan, pushes: readonly PushPlan[]): Uint8Array {
  const draws = new Draws(seedOf(seed, `content of ${push.name}`))
  const edited = pushes.find(({ name }) => name === push.edits)
  if (edited !== undefined) return edit(draws, bytesOf(seed, edited, pushes), push.bytes)
  const bytes = draws.bytes(push.bytes)
  if (draws.happens(0.5)) bytes.fill(0x20, Math.floor(bytes.length / 3), Math.floor(bytes.length / 2))
  return bytes
}

/** The push whose content all edits of it began with. */
function firstEdition(push: PushPlan, pushes: readonly PushPlan[]): PushPlan {
  const edited = pushes.find(({ name }) => name === push.edits)
  return edited === undefined ? push : firstEdition(edited, pushes)
}

function folderContent(
  draws: Draws,
  { push, folder, bytes }: { push: PushPlan; folder: FolderPlan; bytes: Uint8Array },
): PushedContent {
  const { destination } = push
  const several = folder.tops > 1
  const name = destination.slice(destination.lastIndexOf('/') + 1)
  const names = several ? Array.from({ length: folder.tops }, (_, k) => `top${k + 1}`) : [name]
  const entries = drawEntries(draws, folder, { names, bytes: bytes.length })
  const list = encodeEntryList(entries)
  const hasFile = entries.some(({ kind }) => kind === 'file')
  const stream = new Uint8Array(Buffer.concat(hasFile ? [list, bytes] : [list]))
  const tops = entries.filter((entry) => entry.in === TOP)
  const places = tops.map((top) => (several ? destinationIn(destination, top.name) : destination))
  const texts = textsOf(entries, stream, list.length)
  return {
    push,
    bytes: stream,
    entryList: {
      ...{ bytes: list.length, digest: digestOf(list), entries: entries.length },
      tops: tops.map((top, k) => ({ destination: places[k] as string, kind: kindOf(top) })),
    },
    tops: places.map((place, k) => ({ destination: place, text: texts[k] as string })),
  }
}

function kindOf({ kind }: Entry): 'file' | 'folder' {
  return kind === 'folder' ? 'folder' : 'file'
}

/** Something in the middle is replaced by something shorter or longer; the end is cut off or grows. */
function edit(draws: Draws, bytes: Uint8Array, length: number): Uint8Array {
  const at = draws.whole(0, bytes.length)
  const replaced = draws.oneOf([0, 1, draws.whole(0, 5_000)])
  const middle = draws.bytes(draws.oneOf([0, 1, draws.whole(0, 5_000)]))
  const parts = [bytes.subarray(0, at), middle, bytes.subarray(at + replaced), draws.bytes(length)]
  return new Uint8Array(Buffer.concat(parts, length))
}
