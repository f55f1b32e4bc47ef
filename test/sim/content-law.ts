/**
 * What must be true of a terminal's disk at every moment, also after the power failed:
 * a published file is exactly what was pushed, and never older than the one before; a bit in the state database means bytes on the disk;
 * a receipt means the whole content on the disk.
 */

import { PacketSet } from '../../src/content/packet-set.ts'
import { packetCuts } from '../../src/seal/packet-cuts.ts'
import type { Files } from '../../src/system/files.ts'
import { decodeManifest } from '../../src/wire/signed-documents.ts'
import type { Contents, PushedContent } from './contents.ts'
import { INBOX, readWhole, STAGING, type StateRow } from './read-disk.ts'

type Fail = (what: string) => void

/** The transfer that a rename publishes; undefined for any other rename. */
export function publishedBy(from: string, to: string): number | undefined {
  const staged = to.startsWith(`${INBOX}/`) ? /\/(\d+)\.part$/.exec(from) : null
  return staged === null ? undefined : Number(staged[1])
}

export class ContentLaw {
  readonly #contents: Contents
  readonly #fail: Fail
  /** Whether that moment was ever reached by the main server's clock. */
  readonly #wasReached: (atMs: number) => boolean
  /** By terminal and destination: the newest transfer that was published. */
  readonly #newest = new Map<string, number>()

  constructor(contents: Contents, fail: Fail, wasReached: (atMs: number) => boolean = () => false) {
    this.#contents = contents
    this.#fail = fail
    this.#wasReached = wasReached
  }

  /** A terminal renamed something. */
  async renamed(terminal: string, files: Files, from: string, to: string): Promise<void> {
    const transfer = publishedBy(from, to)
    if (transfer === undefined) return
    const content = this.#contents.find(transfer)
    const bytes = await readWhole(files, to)
    if (content === undefined || bytes === undefined || Buffer.compare(bytes, content.bytes) !== 0) {
      this.#fail(`${terminal} published transfer ${transfer} with other bytes than were pushed`)
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
      } else if (!this.isTakenOut(row, rows) && !(await this.holds(files, row.transfer))) {
        this.#fail(`${terminal} says ${row.stage} of transfer ${row.transfer} and lacks its content`)
      }
    }
  }

  /** Whether the terminal may have nothing at that row's destination: it was taken out, or what came after it was. */
  isTakenOut(row: Pick<StateRow, 'transfer' | 'destination'>, rows: readonly StateRow[]): boolean {
    return rows.some((other) => isTakenOutBy(row, other, this.#wasReached))
  }

  /** Whether the whole content, or a newer one in its place, is on the disk. */
  async holds(files: Files, transfer: number): Promise<boolean> {
    const content = this.#contents.find(transfer)
    if (content === undefined) return false
    const { destination } = content.push
    const published = await readWhole(files, `${INBOX}/${destination}`)
    if (published !== undefined && this.#contents.at(destination, published, transfer) !== undefined) return true
    const staged = await readWhole(files, `${STAGING}/${transfer}.part`)
    return staged !== undefined && Buffer.compare(staged, content.bytes) === 0
  }

  async #checkBits(terminal: string, files: Files, row: StateRow, { bytes }: PushedContent): Promise<void> {
    const durable = new PacketSet(row.durable)
    if (durable.size === 0) return
    const staged = (await readWhole(files, `${STAGING}/${row.transfer}.part`)) ?? new Uint8Array(0)
    const { cut, packetBytes } = decodeManifest(row.manifest)
    const { mostBytes, packetAt } = packetCuts(cut, packetBytes)
    for (let index = 0, first = 0, end = 0; first < bytes.length; index++, first = end) {
      end = first + packetAt(bytes.subarray(first, first + mostBytes))
      if (!durable.has(index) || Buffer.compare(staged.subarray(first, end), bytes.subarray(first, end)) === 0) continue
      this.#fail(`${terminal} has the bit of packet ${index} of transfer ${row.transfer} and lacks its bytes`)
      return
    }
  }
}

function isTakenOutBy(
  { transfer, destination }: Pick<StateRow, 'transfer' | 'destination'>,
  other: StateRow,
  wasReached: (atMs: number) => boolean,
): boolean {
  if (other.destination !== destination || other.transfer < transfer) return false
  // Between the removal and its record it is still active.
  const leaves = other.stage === 'active' && other.deactivate_at !== null && wasReached(other.deactivate_at)
  return other.stage === 'withdrawn' || leaves
}
