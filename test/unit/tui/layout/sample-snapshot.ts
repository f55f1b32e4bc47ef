/** Snapshots for tests of drawings: a tree of terminals in given states. */

import type { TerminalSnapshot, TransferSnapshot } from '../../../../src/wire/snapshot.ts'

export function sampleTerminal(
  handle: number,
  upstream: number | null,
  more: Partial<TerminalSnapshot> = {},
): TerminalSnapshot {
  return {
    handle,
    name: `web${handle}`,
    rank: handle,
    leaf: false,
    state: 'planned',
    upstreams: [upstream],
    depth: null,
    sources: [],
    bytes: 0,
    packets: 0,
    bytesPerSecond: 0,
    responseMs: null,
    seconds: null,
    diskSeconds: null,
    attempts: 1,
    refused: 0,
    error: null,
    ...more,
  }
}

export function sampleTransfer(terminals: TerminalSnapshot[], more: Partial<TransferSnapshot> = {}): TransferSnapshot {
  const count = (...states: string[]) => terminals.filter((terminal) => states.includes(terminal.state)).length
  return {
    transfer: 42,
    name: 'photos.tar',
    destination: 'photos.tar',
    state: 'distributing',
    from: null,
    bytes: 24 * 1024 ** 2,
    entries: null,
    storedBytes: 24 * 1024 ** 2,
    activateAt: null,
    deactivateAt: null,
    packetBytes: 65_536,
    compression: 'zstd',
    cipher: 'aes-256-gcm',
    tree: 'classic',
    fanOut: 3,
    stripes: 1,
    createdAt: '2026-01-01T00:00:00.000Z',
    seconds: 12.4,
    predictedSeconds: 10,
    contentDigest: null,
    linkBytesPerSecond: null,
    delivered: count('received', 'active'),
    failed: count('failed', 'cancelled'),
    pending: count('pending'),
    error: null,
    terminals,
    ...more,
  }
}

/** `count` terminals in a tree of the given fan-out, in states that go round. */
export function sampleTree(
  count: number,
  fanOut: number,
  states: readonly TerminalSnapshot['state'][],
): TerminalSnapshot[] {
  return Array.from({ length: count }, (_, index) => {
    const state = states[index % states.length] ?? 'planned'
    const bytes =
      state === 'receiving' ? (index * 1_234_567) % (24 * 1024 ** 2) : state === 'active' ? 24 * 1024 ** 2 : 0
    return sampleTerminal(index + 1, index < fanOut ? 0 : Math.floor((index - fanOut) / fanOut) + 1, {
      state,
      bytes,
      bytesPerSecond: state === 'receiving' ? 5_000_000 + index * 1000 : 0,
      responseMs: 1.5 + index / 10,
      seconds: state === 'active' ? 3.2 : null,
      error:
        state === 'failed' ? { code: 'E_CHECKSUM', message: '1.2 GiB free, 4.0 GiB needed. Free space there' } : null,
    })
  })
}
