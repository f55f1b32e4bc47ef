/** What a run is: machines, pushes and faults, drawn from a seed. Plain data, so that a failing one can be shown and made smaller. */

import { INBOX_ITSELF } from '../../src/content/tops.ts'
import { LIMITS } from '../../src/wire/limits.ts'
import { drawLostCopies } from './drawn-losses.ts'
import { Draws, seedOf } from './draws.ts'
import { ALL_FAULTS, drawFaults, type Fault, type FaultKind, inTime } from './faults.ts'
import type { LiarKind } from './liars.ts'

export const MAIN = 'main'

export interface TerminalPlan {
  /** Also its host. */
  readonly name: string
  readonly leaf: boolean
  /** Cannot be dialled. */
  readonly outboundOnly: boolean
  readonly bytesPerSecond: number
  readonly latencyMs: number
  /** How its process breaks the protocol; null for an honest one. */
  readonly lie: LiarKind | null
}

/** From when the main server hears of it; null for at once, and never. */
export interface PublicationPlan {
  readonly activateAfterMs: number | null
  readonly deactivateAfterMs: number | null
}

/** A content of entries: one folder, or several tops side by side in the destination. */
export interface FolderPlan {
  readonly tops: number
  /** At all depths, tops included. */
  readonly entries: number
}

export interface PushPlan extends PublicationPlan {
  /** Its pusher's host. */
  readonly name: string
  /** From the moment at which everything is connected. */
  readonly atMs: number
  readonly destination: string
  /** Of the file, or of all files of a folder. */
  readonly bytes: number
  /** None for the bytes of one file. */
  readonly folder?: FolderPlan
  /** Whether something of another kind may be replaced. */
  readonly force?: boolean
  /** The name of an earlier push whose content this one has, with a few changes. */
  readonly edits?: string
  /** The pusher's source gives this many bytes at once, then pauses. */
  readonly chunkBytes: number
  readonly chunkPauseMs: number
  /** Whether the size is told beforehand; a pipe's is not. */
  readonly sizeKnown: boolean
  /** The terminal that has the file already and is the first server; left out for the main server. */
  readonly from?: string
  /** Whether the pusher itself is the first server. */
  readonly direct?: boolean
  readonly to: string
  readonly tree: 'classic' | 'striped'
  readonly fanOut: number
  readonly packetBytes: number
  readonly compression: 'auto' | 'none'
  readonly cipher: 'aes-256-gcm' | 'xsalsa20-poly1305'
  readonly relayAfterBytes: number
}

export interface Scenario {
  readonly seed: number
  /** Whether syncs, windows and queues are as small against the contents as they are against large ones: see small-limits.ts. */
  readonly smallLimits?: boolean
  /** A content of so many bytes goes whole where nobody relays it; none does when this is left out. */
  readonly wholeBytes?: number
  readonly mainBytesPerSecond: number
  /** Where it is not as fast as the uplink. */
  readonly mainDownlinkBytesPerSecond?: number
  readonly stall: { readonly chance: number; readonly ms: number } | null
  readonly terminals: readonly TerminalPlan[]
  readonly pushes: readonly PushPlan[]
  readonly faults: readonly Fault[]
}

export interface ScenarioWish {
  /** How many terminals; default: a few, sometimes up to 40. */
  readonly terminals?: number
  /** The kinds of faults that may be drawn; default: all. */
  readonly faults?: readonly FaultKind[]
  /** Whether some terminals lie; default true. */
  readonly liars?: boolean
}

const LIES: readonly LiarKind[] = ['alters', 'hoards', 'swaps', 'doubles', 'forgets', 'boasts']
const FOLDER_DESTINATIONS = ['site', 'site', 'deep/tree', 'report.pdf']
const DESTINATIONS = ['report.pdf', 'app/bundle.js', 'deep/er/data.bin']

export function drawScenario(seed: number, wish: ScenarioWish = {}): Scenario {
  const draws = new Draws(seed)
  const count = wish.terminals ?? (draws.happens(0.1) ? draws.whole(13, 40) : draws.whole(1, 12))
  const leaves = draws.happens(0.5) ? 0 : 0.3
  const lies = wish.liars !== false && draws.happens(0.25) ? 0.2 : 0
  const terminals = Array.from({ length: count }, (_, k) => drawTerminal(draws, `t${k + 1}`, { leaves, lies }))
  const pushes: PushPlan[] = []
  for (let left = draws.oneOf([1, 1, 2, 3]); left > 0; left--) {
    const number = pushes.length + 1
    const more = (part: string) => new Draws(seedOf(seed, `${part} of push ${number}`))
    const push = drawFolder(more('folder'), drawPush(draws, number, terminals))
    const edited = drawEdit(more('edit'), { ...push, ...drawTimes(more('times')) }, pushes)
    pushes.push(drawWhole(more('whole'), drawFirstServer(more('first server'), edited, terminals)))
  }
  const names = terminals.map(({ name }) => name)
  const faultWish = { names, pushes, kinds: wish.faults ?? ALL_FAULTS }
  const faults = drawFaults(draws, faultWish)
  const lost = drawLostCopies(new Draws(seedOf(seed, 'lost copies')), faultWish)
  return {
    seed,
    smallLimits: draws.happens(0.5),
    wholeBytes: new Draws(seedOf(seed, 'whole')).oneOf([0, 8_192, LIMITS.wholeContentBytes]),
    mainBytesPerSecond: draws.magnitude(100_000, 20_000_000),
    stall: draws.happens(0.2) ? { chance: 0.02, ms: draws.whole(50, 800) } : null,
    terminals,
    pushes,
    faults: [...faults, ...lost].sort(inTime),
  }
}

function drawTerminal(draws: Draws, name: string, chances: { leaves: number; lies: number }): TerminalPlan {
  return {
    name,
    leaf: draws.happens(chances.leaves),
    outboundOnly: draws.happens(chances.leaves / 2),
    bytesPerSecond: draws.magnitude(50_000, 20_000_000),
    latencyMs: draws.magnitude(1, 120),
    lie: draws.happens(chances.lies) ? draws.oneOf(LIES) : null,
  }
}

export const NO_TIMES: PublicationPlan = { activateAfterMs: null, deactivateAfterMs: null }

/** Now and then a time to go live at, one to be taken out at, or both: soon enough for a run to see them. */
function drawTimes(draws: Draws): PublicationPlan {
  const activateAfterMs = draws.happens(0.25) ? draws.magnitude(500, 60_000) : null
  const stays = draws.happens(0.75)
  return { activateAfterMs, deactivateAfterMs: stays ? null : (activateAfterMs ?? 0) + draws.magnitude(500, 60_000) }
}

type BarePush = Omit<PushPlan, keyof PublicationPlan>

/** Now and then a folder in place of the file, or several things at once. */
function drawFolder(draws: Draws, push: BarePush): BarePush {
  if (!draws.happens(0.4)) return push
  const tops = draws.oneOf([1, 1, 1, 2, 3])
  const folder = { tops, entries: tops + draws.magnitude(1, 20) - 1 }
  const destination = draws.oneOf(tops === 1 ? FOLDER_DESTINATIONS : ['parts', INBOX_ITSELF])
  return { ...push, folder, destination, sizeKnown: true, force: draws.happens(0.3) }
}

/** Most later pushes bring what an earlier one brought, with changes, often late enough for that to be there. */
function drawEdit(draws: Draws, push: PushPlan, earlier: readonly PushPlan[]): PushPlan {
  if (earlier.length === 0 || draws.happens(0.4)) return push
  const { folder: _, force: __, ...rest } = push
  const { name, destination, bytes, folder, force = false } = draws.oneOf(earlier)
  const atMs = draws.happens(0.5) ? push.atMs : push.atMs + draws.whole(2_000, 20_000)
  const edited = { atMs, edits: name, destination, bytes: Math.max(0, bytes + draws.whole(-2_000, 5_000)) }
  return folder === undefined ? { ...rest, ...edited } : { ...rest, ...edited, folder, force, sizeKnown: true }
}

/** Now and then the content comes from its pusher, or from an honest terminal that has the file. */
function drawFirstServer(draws: Draws, push: PushPlan, terminals: readonly TerminalPlan[]): PushPlan {
  const [isFrom, isDirect] = [draws.happens(0.12), draws.happens(0.12)]
  const relays = terminals.filter(({ leaf, lie }) => !leaf && lie === null)
  if (isFrom && relays.length > 0 && push.folder === undefined)
    return { ...push, from: draws.oneOf(relays).name, sizeKnown: true }
  // Once a pusher is gone, a terminal alone may have what others wait for: it must not lie then.
  return isDirect && terminals.every(({ lie }) => lie === null) ? { ...push, direct: true, sizeKnown: true } : push
}

/** Now and then a small content that the main server has and nobody relays. */
function drawWhole(draws: Draws, push: PushPlan): PushPlan {
  if (!draws.happens(0.3) || push.from !== undefined || push.direct) return push
  return { ...push, bytes: draws.magnitude(1, LIMITS.wholeContentBytes), sizeKnown: true, tree: 'classic', fanOut: 64 }
}

function drawPush(draws: Draws, number: number, terminals: readonly TerminalPlan[]): BarePush {
  const bytes = draws.oneOf([0, 1, 4096, draws.magnitude(10, 300_000), draws.whole(20_000, 300_000)])
  const all = terminals.length < 2 || draws.happens(0.8)
  return {
    name: `pusher${number}`,
    atMs: number === 1 ? 0 : draws.whole(0, 4_000),
    destination: draws.oneOf(DESTINATIONS),
    bytes,
    chunkBytes: Math.min(LIMITS.uploadChunkBytes, draws.oneOf([1 << 20, 8_192, 40_000])),
    chunkPauseMs: draws.oneOf([0, 0, 20, 200]),
    sizeKnown: draws.happens(0.7),
    to: all ? 'all' : `!${draws.oneOf(terminals).name}`,
    tree: draws.oneOf(['classic', 'striped']),
    fanOut: draws.whole(1, 4),
    packetBytes: draws.oneOf([4096, 4096, 16_384]),
    compression: draws.oneOf(['auto', 'none']),
    cipher: draws.oneOf(['aes-256-gcm', 'aes-256-gcm', 'xsalsa20-poly1305']),
    relayAfterBytes: draws.oneOf([0, 0, 10_000, 1_000_000]),
  }
}
