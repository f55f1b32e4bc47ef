/** What can go wrong, as data: each fault at its moment, on its machine, for a while. fault-desk.ts makes it happen. */

import type { FileOperation } from '../../src/system/file-faults.ts'
import type { Draws } from './draws.ts'

interface Timed {
  /** From the moment at which everything is connected. */
  readonly atMs: number
}

interface OfMachine extends Timed {
  /** A machine's name. */
  readonly at: string
}

interface Passing extends OfMachine {
  /** How long it lasts. */
  readonly forMs: number
}

export type Fault =
  /** kill -9: the machine goes on and resets the connections. */
  | (Passing & { readonly kind: 'kill' })
  /** The machine says nothing more, and forgets what was not synced. */
  | (Passing & { readonly kind: 'powerCut' })
  /** An orderly end, and a start later. */
  | (Passing & { readonly kind: 'stop' })
  /** SIGSTOP, later SIGCONT. */
  | (Passing & { readonly kind: 'pause' })
  /** The process, or the power, is gone just before or after one of the next operations on its disk. */
  | (Passing & {
      readonly kind: 'cutAt'
      readonly operation: FileOperation
      readonly skip: number
      readonly moment: 'before' | 'after'
      readonly what: 'kill' | 'powerCut'
    })
  /** Nothing passes between the two, or not from the first to the second. */
  | (Passing & { readonly kind: 'partition'; readonly peer: string; readonly oneWay: boolean })
  /** Nothing passes between the machine and any other. */
  | (Passing & { readonly kind: 'isolate' })
  /** The connections of the machine are reset. */
  | (OfMachine & { readonly kind: 'reset' })
  /** One connection of the machine silently loses everything; `link` chooses which. */
  | (OfMachine & { readonly kind: 'halfOpen'; readonly link: number })
  /** The line of the machine becomes slow, or a trickle. */
  | (Passing & { readonly kind: 'slow'; readonly bytesPerSecond: number })
  | (Passing & { readonly kind: 'diskFull'; readonly freeBytes: number })
  /** The next such operation fails. */
  | (OfMachine & { readonly kind: 'diskError'; readonly operation: FileOperation; readonly skip: number })
  /** The wall clock of the machine jumps. */
  | (OfMachine & { readonly kind: 'wallJump'; readonly byMs: number })
  /** The owner of the machine removes or changes what it has of contents. */
  | (OfMachine & { readonly kind: 'copyLost'; readonly how: 'removed' | 'changed' })
  /** The push is killed, or its operator calls it off. */
  | (OfMachine & { readonly kind: 'pusherKill' })
  | (OfMachine & { readonly kind: 'cancel' })
  /** An operator changes how the terminal is ranked, or cuts it off for good. */
  | (OfMachine & { readonly kind: 'steer'; readonly what: 'pin' | 'exclude' | 'include' | 'revoke' })
  /** As kill, powerCut and pause, of the main server. */
  | (Passing & { readonly kind: 'mainKill' })
  | (Passing & { readonly kind: 'mainPowerCut' })
  | (Passing & { readonly kind: 'mainPause' })
  | (Passing & {
      readonly kind: 'mainCutAt'
      readonly operation: FileOperation
      readonly skip: number
      readonly moment: 'before' | 'after'
      readonly what: 'kill' | 'powerCut'
    })

export type FaultKind = Fault['kind']

const TERMINAL_FAULTS = [
  'kill',
  'powerCut',
  'stop',
  'pause',
  'cutAt',
  'partition',
  'isolate',
  'reset',
  'halfOpen',
  'slow',
  'diskFull',
  'diskError',
  'wallJump',
] as const satisfies readonly FaultKind[]
const PUSHER_FAULTS = ['pusherKill', 'cancel'] as const satisfies readonly FaultKind[]
const STEERING_FAULTS = ['steer'] as const satisfies readonly FaultKind[]
const MAIN_FAULTS = ['mainKill', 'mainPowerCut', 'mainPause', 'mainCutAt'] as const satisfies readonly FaultKind[]
const PROVIDER_FAULTS = ['copyLost'] as const satisfies readonly FaultKind[]
export const ALL_FAULTS: readonly FaultKind[] = [
  ...TERMINAL_FAULTS,
  ...PROVIDER_FAULTS,
  ...PUSHER_FAULTS,
  ...STEERING_FAULTS,
  ...MAIN_FAULTS,
]

export interface FaultWish {
  readonly names: readonly string[]
  readonly pushes: readonly { readonly name: string; readonly atMs: number }[]
  readonly kinds: readonly FaultKind[]
}

/** Operations at which a cut is worth most: those that recovery rests on. */
const CUT_OPERATIONS: readonly FileOperation[] = ['write', 'sync', 'rename', 'syncFolder', 'setMode', 'remove', 'open']

/** No more faults than about one for every terminal, most of them while content is under way. What is lost of copies is drawn apart. */
export function drawFaults(draws: Draws, wish: FaultWish): Fault[] {
  const kinds = wish.kinds.filter((kind) => kind !== 'copyLost')
  if (kinds.length === 0) return []
  const most = Math.min(20, 3 + wish.names.length)
  return Array.from({ length: draws.whole(0, most) }, () => drawFault(draws, wish, kinds)).sort(inTime)
}

/** Orders faults. */
export function inTime(one: Timed, other: Timed): number {
  return one.atMs - other.atMs
}

type DrawnKind = Exclude<FaultKind, 'copyLost'>

function drawFault(draws: Draws, { names, pushes }: FaultWish, kinds: readonly DrawnKind[]): Fault {
  const push = draws.oneOf(pushes)
  const atMs = Math.max(0, push.atMs - 100 + draws.magnitude(10, 8_000))
  const forMs = draws.magnitude(50, 25_000)
  const at = draws.oneOf(names)
  const kind = draws.oneOf(kinds)
  const operation = draws.oneOf(CUT_OPERATIONS)
  switch (kind) {
    case 'partition':
      return { kind, atMs, at, forMs, peer: draws.oneOf(['main', ...names]), oneWay: draws.happens(0.4) }
    case 'reset':
      return { kind, atMs, at }
    case 'halfOpen':
      return { kind, atMs, at, link: draws.whole(0, 7) }
    case 'slow':
      return { kind, atMs, at, forMs, bytesPerSecond: draws.oneOf([300, 3_000, 20_000]) }
    case 'diskFull':
      return { kind, atMs, at, forMs, freeBytes: draws.oneOf([0, 5_000, 100_000]) }
    case 'diskError':
      return {
        kind,
        atMs,
        at,
        operation: draws.oneOf(['write', 'sync', 'syncFolder', 'rename']),
        skip: draws.whole(0, 5),
      }
    case 'wallJump':
      return { kind, atMs, at: draws.oneOf(['main', ...names]), byMs: draws.whole(-90_000_000, 90_000_000) }
    case 'steer':
      return { kind, atMs, at, what: draws.oneOf(['pin', 'exclude', 'include', 'revoke']) }
    case 'pusherKill':
    case 'cancel':
      return { kind, atMs, at: push.name }
    case 'cutAt':
    case 'mainCutAt':
      return {
        ...{ kind, atMs, at: kind === 'cutAt' ? at : 'main', forMs },
        ...{ operation, skip: operation === 'write' ? draws.magnitude(1, 60) - 1 : draws.whole(0, 3) },
        ...{ moment: draws.oneOf(['before', 'after'] as const), what: draws.oneOf(['kill', 'powerCut'] as const) },
      }
    case 'mainKill':
    case 'mainPowerCut':
    case 'mainPause':
      return { kind, atMs, at: 'main', forMs }
    default:
      return { kind, atMs, at, forMs }
  }
}
