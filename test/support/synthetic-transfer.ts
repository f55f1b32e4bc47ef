/**
 * A transfer that never was: snapshots of any number of terminals at any time of it, to look at drawings and to measure them.
 *
 * Terminal k of stripe s stands below terminal (k - 1) / fan-out of that stripe's own order; every 97th fails after a third of the time,
 * and those below it go on below the one above.
 */

import type { TerminalSnapshot, TransferSnapshot } from '../../src/wire/snapshot.ts'

export interface SyntheticTransfer {
  readonly terminals: number
  readonly stripes: number
  readonly fanOut: number
  readonly bytes: number
  /** Of one link. */
  readonly bytesPerSecond: number
}

const FAILING = 97
const HOP_SECONDS = 0.12

/** How long it takes. */
export function secondsOf(transfer: SyntheticTransfer): number {
  const { bytes, bytesPerSecond, terminals, fanOut } = transfer
  const depth = Math.ceil(Math.log(Math.max(2, terminals)) / Math.log(Math.max(2, fanOut)))
  return (bytes / bytesPerSecond) * 1.15 + depth * HOP_SECONDS
}

/** The transfer `seconds` after its beginning. */
export function snapshotAt(transfer: SyntheticTransfer, seconds: number): TransferSnapshot {
  const { stripes, fanOut, bytes, bytesPerSecond } = transfer
  const terminals = Array.from({ length: transfer.terminals }, (_, at) => terminalAt(transfer, at + 1, seconds))
  const count = (state: string) => terminals.filter((terminal) => terminal.state === state).length
  const done = seconds >= secondsOf(transfer)
  return {
    transfer: 42,
    name: 'photos.tar',
    destination: 'site/photos.tar',
    state: done ? (count('failed') > 0 ? 'partial' : 'complete') : 'distributing',
    from: null,
    bytes,
    entries: null,
    storedBytes: Math.min(bytes, Math.floor(seconds * bytesPerSecond * 4)),
    packetBytes: 65_536,
    compression: 'zstd',
    cipher: 'aes-256-gcm',
    tree: stripes > 1 ? 'striped' : 'classic',
    fanOut,
    stripes,
    createdAt: '2026-01-01T00:00:00.000Z',
    activateAt: null,
    deactivateAt: null,
    seconds,
    predictedSeconds: 10,
    contentDigest: seconds * 4 * bytesPerSecond >= bytes ? '00'.repeat(32) : null,
    linkBytesPerSecond: bytesPerSecond,
    delivered: count('active'),
    failed: count('failed'),
    pending: count('pending'),
    error: null,
    terminals,
  }
}

function terminalAt(transfer: SyntheticTransfer, handle: number, seconds: number): TerminalSnapshot {
  const { stripes, bytes, bytesPerSecond } = transfer
  const failsAt = secondsOf(transfer) / 3
  const fails = handle % FAILING === 0
  const failed = fails && seconds >= failsAt
  const upstreams = Array.from({ length: stripes }, (_, stripe) => {
    const upstream = upstreamOf(transfer, handle, stripe)
    const lost = upstream > 0 && upstream % FAILING === 0 && seconds >= failsAt
    return lost ? upstreamOf(transfer, upstream, stripe) : upstream
  })
  const depth = depthOf(transfer, handle)
  // Links differ a little, and rates waver.
  const rate = bytesPerSecond * (0.9 + 0.1 * Math.sin(handle * 12.9898)) * (1 + 0.05 * Math.sin(seconds * 3 + handle))
  const time = Math.max(0, (failed ? failsAt : seconds) - depth * HOP_SECONDS)
  const held = Math.min(bytes, Math.floor(time * rate))
  const active = !failed && held >= bytes
  const state = failed ? 'failed' : active ? 'active' : held > 0 ? 'receiving' : seconds > 0.2 ? 'routed' : 'planned'
  const now = state === 'receiving' ? rate : 0
  return {
    handle,
    name: `web${handle}`,
    rank: handle,
    leaf: false,
    state,
    upstreams,
    depth,
    sources: [...new Set(upstreams)].map((upstream) => {
      const share = upstreams.filter((other) => other === upstream).length / stripes
      return { handle: upstream, bytes: Math.floor(held * share), bytesPerSecond: now * share }
    }),
    bytes: held,
    packets: Math.ceil(held / 65_536),
    bytesPerSecond: now,
    responseMs: seconds > 0.1 ? 2 + depth * 1.7 + (handle % 7) : null,
    seconds: active ? bytes / rate + depth * HOP_SECONDS : null,
    diskSeconds: time / 20,
    attempts: 1,
    refused: 0,
    error: failed ? { code: 'E_NO_SPACE', message: '1.2 GiB free, 4.0 GiB needed. Free space there' } : null,
  }
}

/** Each stripe has the terminals in an order of its own, so that those who relay differ. */
function upstreamOf({ terminals, stripes, fanOut }: SyntheticTransfer, handle: number, stripe: number): number {
  const shift = Math.floor((stripe * terminals) / stripes)
  const place = (handle - 1 + terminals - shift) % terminals
  if (place < (stripes > 1 ? 1 : fanOut)) return 0
  const above = stripes > 1 ? Math.floor((place - 1) / fanOut) : Math.floor((place - fanOut) / fanOut)
  return ((above + shift) % terminals) + 1
}

function depthOf(transfer: SyntheticTransfer, handle: number): number {
  let depth = 1
  for (let up = upstreamOf(transfer, handle, 0); up > 0; up = upstreamOf(transfer, up, 0)) depth++
  return depth
}
