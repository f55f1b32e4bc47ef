/**
 * What must be true of a terminal's disk at every moment, also after the power failed:
 * a published file or folder is exactly what was pushed, names, modes and times included, and never older than the one before; a bit in the state database means bytes on the disk;
 * a receipt means the whole content on the disk.
 */

import { isZero } from '../../src/content/holes.ts'
import { PacketSet } from '../../src/content/packet-set.ts'
import { packetCuts } from '../../src/seal/packet-cuts.ts'
import type { Files } from '../../src/system/files.ts'
import { decodeManifest } from '../../src/wire/signed-documents.ts'
import type { Contents, PushedContent } from './contents.ts'
import type { LostCopies } from './lost-copies.ts'
import { INBOX, listFolder, readWhole, STAGING, type StateRow } from './read-disk.ts'
import { readText, whileMoved } from './tree-text.ts'

type Fail = (what: string) => void

/** The transfer that a rename publishes, or a part of it; undefined for any other rename. */
export function publishedBy(from: string, to: string): number | undefined {
  const staged = to.startsWith(`${INBOX}/`) ? /\/(\d+)\.(part|tree\/\d+)$/.exec(from) : null
  return staged === null ? undefined : Number(staged[1])
}

export interface ContentLawOptions {
  readonly contents: Contents
  /** What owners took away or changed. */
  readonly lostCopies: Pick<LostCopies, 'has'>
  readonly fail: Fail
  /** Whether that moment was ever reached by the main server's clock. */
  readonly wasReached: (atMs: number) => boolean
}

/** A terminal, its disk and what its state database says of it. */
export interface KeptDisk {
  readonly terminal: string
  readonly files: Files
  readonly rows: readonly StateRow[]
}

export class ContentLaw {
  readonly #contents: Contents
  readonly #fail: Fail
  readonly #lostCopies: Pick<LostCopies, 'has'>
  readonly #wasReached: ContentLawOptions['wasReached']
  /** By terminal and destination: the newest transfer that was published. */
  readonly #newest = new Map<string, number>()

  constructor({ contents, lostCopies, fail, wasReached }: ContentLawOptions) {
    this.#contents = contents
    this.#lostCopies = lostCopies
    this.#fail = fail
    this.#wasReached = wasReached
  }

  /** A terminal renamed something. */
  async renamed(terminal: string, files: Files, from: string, to: string): Promise<void> {
    const transfer = publishedBy(from, to)
    if (transfer === undefined) return
    const destination = to.slice(INBOX.length + 1)
    const top = this.#contents.find(transfer)?.tops.find((candidate) => candidate.destination === destination)
    const text = await readText(files, to)
    if (top === undefined || (text !== top.text && text !== whileMoved(top.text))) {
      this.#fail(`${terminal} published transfer ${transfer} at ${to} as something else than was pushed`)
    }
    const place = `${terminal} ${to}`
    const newest = this.#newest.get(place) ?? 0
    if (newest > transfer) this.#fail(`${terminal} replaced transfer ${newest} at ${to} by the older ${transfer}`)
    this.#newest.set(place, Math.max(newest, transfer))
  }

  /** What a terminal's state database says is on its disk, is. */
  async check(terminal: string, files: Files, rows: readonly StateRow[]): Promise<void> {
    for (const row of rows) {
      const content = this.#contents.find(row.transfer)
      if (content === undefined) {
        if (row.stage !== 'receiving') this.#fail(`${terminal} has transfer ${row.transfer}, which was never planned`)
      } else if (row.stage === 'receiving') {
        await this.#checkBits(terminal, files, row, content)
      } else {
        const lacking = await this.lacks({ terminal, files, rows }, row.transfer)
        if (lacking !== undefined)
          this.#fail(`${terminal} says ${row.stage} of transfer ${row.transfer} and lacks ${lacking}`)
      }
    }
  }

  /**
   * What of a content that a terminal has received is not there: neither as it was pushed nor something newer in its place, not even in
   * staging; undefined when all is, but for what was taken out, or what came after it was, and for what its owner removed or changed.
   */
  async lacks({ terminal, files, rows }: KeptDisk, transfer: number): Promise<string | undefined> {
    const content = this.#contents.find(transfer)
    if (content === undefined) return 'all of it'
    for (const [k, { destination, text }] of content.tops.entries()) {
      const here = rows.filter((row) => row.transfer >= transfer && this.#contents.reaches(row.transfer, destination))
      if (here.some((row) => this.#isTakenOut(row))) continue
      if (this.#lostCopies.has(terminal, `${INBOX}/${destination}`, transfer)) continue
      const published = await readText(files, `${INBOX}/${destination}`)
      if (published !== undefined && this.#contents.at(destination, published, transfer) !== undefined) continue
      const isMoved = here.some(({ stage }) => stage === 'received')
      if (isMoved && published === whileMoved(text)) continue
      const name = content.entryList === null ? `${transfer}.part` : `${transfer}.tree/${k}`
      const staged = await readText(files, `${STAGING}/${name}`)
      if (staged === text || (isMoved && staged === whileMoved(text))) continue
      if (isMoved && (await this.#isSetAside(files, text))) continue
      return destination
    }
    return undefined
  }

  /** Whether it was taken out; between the removal and its record it is still active. */
  #isTakenOut({ stage, deactivate_at }: StateRow): boolean {
    return stage === 'withdrawn' || (stage === 'active' && deactivate_at !== null && this.#wasReached(deactivate_at))
  }

  /** Whether something newer was about to take its place. */
  async #isSetAside(files: Files, text: string): Promise<boolean> {
    for (const name of await listFolder(files, STAGING)) {
      if (!name.endsWith('.replaced')) continue
      for (const part of await listFolder(files, `${STAGING}/${name}`)) {
        const kept = await readText(files, `${STAGING}/${name}/${part}`)
        if (kept === text || kept === whileMoved(text)) return true
      }
    }
    return false
  }

  async #checkBits(terminal: string, files: Files, row: StateRow, content: PushedContent): Promise<void> {
    const durable = new PacketSet(row.durable)
    if (durable.size === 0) return
    const { bytes } = content
    const staged = (await readWhole(files, `${STAGING}/${row.transfer}.part`)) ?? new Uint8Array(0)
    for (const [index, [first, end]] of packetsOf(content, row.manifest).entries()) {
      if (!durable.has(index) || isSame(staged.subarray(first, end), bytes.subarray(first, end))) continue
      this.#fail(`${terminal} has the bit of packet ${index} of transfer ${row.transfer} and lacks its bytes`)
      return
    }
  }
}

/** Where each packet begins and ends; none reaches beyond the end of the entry list. */
function packetsOf({ bytes, entryList }: PushedContent, manifest: Uint8Array): [number, number][] {
  const { cut, packetBytes } = decodeManifest(manifest)
  const { mostBytes, packetAt } = packetCuts(cut, packetBytes)
  const listBytes = entryList?.bytes ?? 0
  const packets: [number, number][] = []
  for (let first = 0, end = 0; first < bytes.length; first = end) {
    const most = first < listBytes ? Math.min(listBytes, first + mostBytes) : first + mostBytes
    end = first + packetAt(bytes.subarray(first, most))
    packets.push([first, end])
  }
  return packets
}

/** What is missing at the end of a staged file is a hole. */
function isSame(staged: Uint8Array, pushed: Uint8Array): boolean {
  return Buffer.compare(staged, pushed.subarray(0, staged.length)) === 0 && isZero(pushed.subarray(staged.length))
}
