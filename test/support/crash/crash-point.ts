/**
 * Points at which a process can die: before the N-th call of one kind on one path, as strace's record of an undisturbed run shows them.
 *
 *   9043  fsync(15</home/relay/staging>) = 0                              fsync      relay/staging
 *   9044  rename("/home/relay/staging/7.part", "/home/relay/inbox/…") = 0      rename     relay/staging/TRANSFER.part
 *
 * Pure. strace counts the calls of every thread alone, so N is the most that one thread made: with N beyond it nobody would be killed.
 */

/** Calls that change what a restart finds, or make it durable. */
export const CRASH_CALLS = [
  ...['fsync', 'fdatasync', 'pwrite64', 'openat', 'mkdir', 'rmdir', 'unlink', 'unlinkat'],
  ...['rename', 'renameat', 'renameat2', 'fchmod', 'utimensat', 'ftruncate', 'copy_file_range'],
]

/** Stands in a path for the number of the transfer under way. */
const TRANSFER = 'TRANSFER'

export interface CrashPoint {
  readonly call: string
  /** Relative to the process's home, with TRANSFER for the transfer's number. */
  readonly path: string
  /** The call that is not made any more, from 1. */
  readonly nth: number
}

/** The points of a recorded run, in the order in which their paths were first used. @param home with no link in it */
export function crashPoints(record: string, { home, transfer }: { home: string; transfer: number }): CrashPoint[] {
  const counts = new Map<string, Map<string, number>>()
  for (const line of record.split('\n')) {
    const found = /^(?<thread>\d+) +(?<call>[a-z0-9_]+)\((?<args>.*)$/.exec(line)?.groups
    if (found === undefined) continue
    const { thread = '', call = '', args = '' } = found
    if (call === 'openat' && !args.includes('O_CREAT')) continue
    const path = firstPath(call === 'openat' ? args.slice(args.indexOf(',')) : args)
    if (!path?.startsWith(`${home}/`)) continue
    const place = path.slice(home.length + 1).replace(new RegExp(`(^|/)${transfer}(?=[./]|$)`), `$1${TRANSFER}`)
    // Whatever carries another number belongs to a transfer that is over; what is named by a digest will have another name.
    if (/(^|\/)(\d|[0-9a-f]{64}$)/.test(place)) continue
    const key = `${call} ${place}`
    const ofThreads = counts.get(key) ?? new Map<string, number>()
    ofThreads.set(thread, (ofThreads.get(thread) ?? 0) + 1)
    counts.set(key, ofThreads)
  }
  return [...counts].flatMap(([key, ofThreads]) => {
    const [call = '', path = ''] = key.split(' ')
    return Array.from({ length: Math.max(...ofThreads.values()) }, (_, k) => ({ call, path, nth: k + 1 }))
  })
}

/** Where a point's path lies for this transfer. */
export function pathOf({ path }: CrashPoint, { home, transfer }: { home: string; transfer: number }): string {
  return `${home}/${path.replace(TRANSFER, String(transfer))}`
}

/** `count` points, evenly taken from all of them, the first and the last among them. */
export function spread(points: readonly CrashPoint[], count: number): CrashPoint[] {
  if (points.length <= count) return [...points]
  return Array.from(
    { length: count },
    (_, k) => points[Math.round((k * (points.length - 1)) / (count - 1))],
  ) as CrashPoint[]
}

/** The path in quotes, or of the file descriptor, whichever comes first; the folder that a relative path counts from is none. */
function firstPath(args: string): string | undefined {
  const found = /"(?<quoted>[^"]*)"|^\d+<(?<opened>[^>]*)>/.exec(args.replace(/^AT_FDCWD<[^>]*>, /, ''))?.groups
  return found?.quoted ?? found?.opened
}
