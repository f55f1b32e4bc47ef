/** One example of every message, signed document and PACKET header, each with all its members: what the golden bytes are made of. */

import type { MapMessageName, MessageBody } from '../../../src/wire/messages.ts'
import type { PacketHeader } from '../../../src/wire/packet-header.ts'
import type { Manifest, Receipt, Ticket } from '../../../src/wire/signed-documents.ts'
import type { RankedTerminal, TransferSnapshot } from '../../../src/wire/snapshot.ts'

/** Bytes that differ from one another and from those of another start. */
function bytes(length: number, start: number): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => (start + at) & 0xff)
}

function signed(start: number) {
  return { payload: bytes(5, start), signature: bytes(64, start + 1) }
}

const KEY_ID = 'q0uJ7bXk2mNf5tYw8zRc1vPd4sGh6jLa9xEo3iTu_-B'
const ERROR = { code: 'E_NO_SPACE', message: 'the disk of terminal web7 is full' }
const PACKETS = { transfer: 7, stripe: 1, base: 1, ranges: [0, 3, 70_000, 1] }

const ENTRY_LIST = {
  bytes: 4321,
  digest: bytes(32, 70),
  entries: 3,
  tops: [{ destination: 'videos/intro.mp4', kind: 'folder' as const }],
}

const SUMMARY = {
  transfer: 7,
  name: 'intro.mp4',
  destination: 'videos/intro.mp4',
  state: 'partial',
  from: 'web3',
  bytes: 5_000_000_000,
  entries: 3,
  storedBytes: 5_000_000_000,
  packetBytes: 1_048_576,
  compression: 'auto',
  cipher: 'aes-256-gcm',
  tree: 'classic',
  fanOut: 3,
  stripes: 1,
  createdAt: '2026-01-01T00:00:00.000Z',
  activateAt: '2026-12-24T18:00:00.000Z',
  deactivateAt: null,
  seconds: 12.5,
  contentDigest: '00ff',
  predictedSeconds: 10.5,
  linkBytesPerSecond: 2e7,
  delivered: 1,
  failed: 1,
  pending: 0,
  error: null,
} as const

export const SNAPSHOT: TransferSnapshot = {
  ...SUMMARY,
  terminals: [
    {
      handle: 1,
      name: 'web7',
      rank: 1,
      leaf: false,
      state: 'failed',
      upstreams: [0],
      depth: 1,
      sources: [{ handle: 0, bytes: 1_048_576, bytesPerSecond: 1e7 }],
      bytes: 1_048_576,
      packets: 1,
      bytesPerSecond: 1e7,
      responseMs: 1.25,
      seconds: null,
      diskSeconds: 0.25,
      attempts: 2,
      refused: 1,
      error: ERROR,
    },
  ],
}

const RANKED: RankedTerminal = {
  rank: 1,
  name: 'web7',
  node: KEY_ID,
  address: '[2001:db8::7]:7717',
  online: true,
  leaf: false,
  pinned: true,
  excluded: false,
  labels: ['role=web'],
  groups: ['canary'],
  lastSeenAt: '2026-01-01T00:00:00.000Z',
  score: { seconds: 1.5, responseSeconds: 0.25, trainSeconds: 1, retrySeconds: 0.25 },
  responseMs: 0.75,
  bytesPerSecond: null,
  successRate: 1,
  samples: 12,
  history: [0.5, 0.75],
  freeBytes: 2 ** 40,
}

export const EXAMPLE_REQUEST: MessageBody<'transportRequest'> = {
  manifest: signed(10),
  stripe: 0,
  server: signed(11),
  ticket: signed(12),
  depth: 2,
  below: [signed(13), signed(14)],
  upstreams: [0, 1],
}

type Example = { [N in MapMessageName]: { readonly name: N; readonly body: MessageBody<N> } }[MapMessageName]

/** By what each shows; a message of several kinds has an example of each. */
export const EXAMPLE_MESSAGES: Readonly<Record<string, Example>> = {
  hello: {
    name: 'hello',
    body: {
      version: 1,
      role: 'terminal',
      purpose: 'control',
      software: 'treecast 0.1.0',
      listening: '10.0.0.7:7717',
      leaf: true,
      labels: ['role=web'],
      features: ['later'],
    },
  },
  enrol: {
    name: 'enrol',
    body: {
      role: 'terminal',
      secret: bytes(32, 1),
      name: 'web7',
      ed25519: bytes(32, 2),
      x25519: bytes(32, 3),
      proof: bytes(64, 4),
    },
  },
  enrolled: {
    name: 'enrolled',
    body: { node: KEY_ID, name: 'web7', mainNode: KEY_ID, ed25519: bytes(32, 5), x25519: bytes(32, 6) },
  },
  ticket: { name: 'ticket', body: { ticket: signed(7) } },
  heartbeat: { name: 'heartbeat', body: { sequence: 300, transfers: 2, freeBytes: 2 ** 40 } },
  clock: { name: 'clock', body: { sequence: 3, nowMs: 1_767_225_600_000 } },
  'clock asked': { name: 'clock', body: { sequence: 3 } },
  refused: { name: 'refused', body: { code: 'E_VERSION', message: 'install the same version on both: ✓' } },

  transportRequest: { name: 'transportRequest', body: EXAMPLE_REQUEST },
  'transportRequest of the main server': {
    name: 'transportRequest',
    body: { manifest: signed(10), stripe: 0, server: null, ticket: signed(12), depth: 1, below: [], upstreams: null },
  },
  deliver: {
    name: 'deliver',
    body: { manifest: signed(10), ticket: signed(12), tables: [bytes(7, 15), bytes(8, 16)], packets: [bytes(9, 17)] },
  },
  routeAck: { name: 'routeAck', body: { transfer: 7, stripe: 0, upstream: 0, depth: 1, order: 0 } },
  request: { name: 'request', body: PACKETS },
  requestIfHeld: { name: 'requestIfHeld', body: { ...PACKETS, base: 3 } },
  notHeld: { name: 'notHeld', body: PACKETS },
  ack: { name: 'ack', body: { transfer: 7, stripe: 0, ranges: [0, 16], durable: false } },
  progress: {
    name: 'progress',
    body: {
      transfer: 7,
      packets: 16,
      bytes: 262_144,
      stripes: [9, 7],
      diskMs: 40,
      upstreams: [{ handle: 0, bytes: 262_144, refused: 1 }],
      downstreams: [
        { handle: 4, bytes: 131_072, responseMs: 1.5 },
        { handle: 7, bytes: 0, responseMs: null },
      ],
    },
  },
  receipt: { name: 'receipt', body: { receipt: signed(20), state: 'failed', error: ERROR, hook: false } },
  receiptKept: { name: 'receiptKept', body: { transfer: 7, state: 'active' } },
  failure: {
    name: 'failure',
    body: { transfer: 7, stripe: 0, about: 'downstream', handle: 4, ...ERROR, final: true },
  },
  reroute: {
    name: 'reroute',
    body: { manifest: signed(10), ticket: signed(20), stripe: 0, upstream: signed(30), order: 1_797_240_000_000 },
  },
  cancel: { name: 'cancel', body: { transfer: 7, code: 'E_CANCELLED', message: 'the operator called it off' } },
  summon: { name: 'summon', body: { fingerprint: KEY_ID } },
  openFeed: { name: 'openFeed', body: { address: null, fingerprint: KEY_ID } },
  describeContent: {
    name: 'describeContent',
    body: { question: 3, path: '/srv/videos/intro.mp4', name: 'intro.mp4' },
  },
  contentDescribed: {
    name: 'contentDescribed',
    body: {
      question: 3,
      content: { bytes: 5_000_000_000, mode: 0o644, modifiedMs: 1_767_225_600_000, entryList: ENTRY_LIST },
      error: null,
    },
  },
  'contentDescribed, refused': { name: 'contentDescribed', body: { question: 3, content: null, error: ERROR } },
  provide: {
    name: 'provide',
    body: {
      manifest: signed(10),
      ticket: signed(12),
      compression: 'auto',
      path: '/srv/videos/intro.mp4',
      relays: [{ stripe: 1, below: [signed(13), signed(14)], upstreams: [0, 1] }],
    },
  },
  tableOffer: { name: 'tableOffer', body: { transfer: 7, table: bytes(12, 15) } },
  tableSigned: { name: 'tableSigned', body: { transfer: 7, segment: 2, signature: bytes(64, 16) } },
  cannotProvide: { name: 'cannotProvide', body: { transfer: 7, ...ERROR } },
  dismiss: { name: 'dismiss', body: { transfer: 7 } },
  busy: { name: 'busy', body: { transfer: 7, stripe: 0, againMs: 250 } },
  confirm: { name: 'confirm', body: { transfer: 7 } },
  confirmed: { name: 'confirmed', body: { transfer: 7 } },
  preflight: {
    name: 'preflight',
    body: { question: 1, destination: 'videos/intro.mp4', entryList: null, bytes: 5_000_000_000, force: false },
  },
  preflightAnswer: { name: 'preflightAnswer', body: { question: 1, refusal: ERROR } },
  probed: { name: 'probed', body: { bytes: 4_128_768, elapsedMs: 321.5 } },
  revoked: { name: 'revoked', body: { fingerprints: [KEY_ID] } },

  push: {
    name: 'push',
    body: {
      name: 'intro.mp4',
      destination: 'videos/intro.mp4',
      entryList: ENTRY_LIST,
      bytes: null,
      mode: 0o644,
      modifiedMs: 1_767_225_600_000.5,
      to: 'all,!web9',
      tree: 'striped',
      fanOut: 3,
      packetBytes: 65_536,
      compression: 'zstd',
      cipher: 'xsalsa20-poly1305',
      relayAfterBytes: 0,
      limitBytesPerSecond: 20_971_520,
      force: false,
      from: { terminal: 'web3', path: '/srv/videos/intro.mp4' },
      direct: false,
      activate: { ms: 1_798_135_200_000, relative: false },
      deactivate: { ms: 172_800_000, relative: true },
      dryRun: true,
    },
  },
  planned: { name: 'planned', body: { snapshot: { ...SNAPSHOT, transfer: null } } },
  offersTaken: { name: 'offersTaken', body: { packetBytes: 131_072, key: new Uint8Array(32).fill(7) } },
  uploadOffer: { name: 'uploadOffer', body: { lengths: [131_000, 90_000], proofs: new Uint8Array(64).fill(9) } },
  uploadLacks: { name: 'uploadLacks', body: { lacks: [1], goOn: true } },
  uploadCredit: { name: 'uploadCredit', body: { bytes: 16_777_216 } },
  uploadEnd: { name: 'uploadEnd', body: { bytes: 5_000_000_000 } },
  stored: { name: 'stored', body: { transfer: 7, bytes: 5_000_000_000 } },
  watch: { name: 'watch', body: { transfer: 7, serves: true } },
  snapshot: { name: 'snapshot', body: { snapshot: SNAPSHOT, final: true } },
  snapshotTaken: { name: 'snapshotTaken', body: { transfer: 7 } },
  'query rank': { name: 'query', body: { query: { kind: 'rank', by: 'throughput', to: 'all' } } },
  'query probe': { name: 'query', body: { query: { kind: 'probe', terminals: ['web7', 'web9'] } } },
  'query status': { name: 'query', body: { query: { kind: 'status' } } },
  'query audit': { name: 'query', body: { query: { kind: 'audit', lines: 200 } } },
  'query explain': { name: 'query', body: { query: { kind: 'explain', terminal: 'web7', transfer: null } } },
  'query transfer': { name: 'query', body: { query: { kind: 'transfer', transfer: 7 } } },
  'answer status': {
    name: 'answer',
    body: {
      answer: {
        kind: 'status',
        terminalsOnline: 1,
        terminals: 2,
        transfers: [SUMMARY],
        owed: [
          {
            transfer: 7,
            destination: 'videos/intro.mp4',
            terminal: 'web9',
            state: 'pending',
            error: { code: 'E_OFFLINE', message: 'terminal web9 is offline' },
          },
        ],
        library: {
          contents: 2,
          bytes: 5_000_000_000,
          quotaBytes: 10_000_000_000,
          freeBytes: 2 ** 40,
          held: [
            {
              digest: '5a'.repeat(32),
              bytes: 4_000_000_000,
              transfer: 7,
              transfers: 2,
              destination: 'menu/week.mp4',
              since: '2026-03-01T12:00:00.000Z',
              why: 'kept',
              until: '2026-03-08T12:00:00.000Z',
            },
          ],
        },
      },
    },
  },
  'answer transfer': { name: 'answer', body: { answer: { kind: 'transfer', transfer: SNAPSHOT } } },
  'answer audit': {
    name: 'answer',
    body: {
      answer: {
        kind: 'audit',
        lines: [
          { id: 1, at: '2026-01-01T00:00:00.000Z', actor: 'main', action: 'pinned', facts: '{"terminal":"web7"}' },
        ],
      },
    },
  },
  'answer explain': {
    name: 'answer',
    body: {
      answer: {
        kind: 'explain',
        terminal: RANKED,
        terminals: 39,
        fastest: { name: 'web1', seconds: 0.5 },
        usualResponseMs: 1.5,
        usualBytesPerSecond: 1e7,
        edges: [{ upstream: 'web2', bytesPerSecond: 1e6, samples: 3, updatedAt: '2026-01-01T00:00:00.000Z' }],
        transfer: SNAPSHOT,
      },
    },
  },
  'answer probe': {
    name: 'answer',
    body: {
      answer: { kind: 'probe', probes: [{ name: 'web7', responseMs: 1.5, bytesPerSecond: 1e7, error: ERROR }] },
    },
  },
  'answer rank': {
    name: 'answer',
    body: {
      answer: {
        kind: 'rank',
        by: 'score',
        trainBytes: 16_777_216,
        terminals: [RANKED],
      },
    },
  },
  steer: {
    name: 'steer',
    body: {
      to: 'web*,!web9',
      pinned: true,
      excluded: false,
      labels: ['role=web', 'site='],
      groups: ['canary'],
      ungroups: ['old'],
      revoke: false,
    },
  },
  cancelTransfer: { name: 'cancelTransfer', body: { transfer: 7, code: 'E_INTERRUPTED', message: 'Ctrl-C' } },
}

export const EXAMPLE_MANIFEST: Manifest = {
  transfer: 7,
  name: 'intro.mp4',
  destination: 'videos/intro.mp4',
  entryList: ENTRY_LIST,
  bytes: 5_000_000_000,
  cut: 'content' as const,
  packetBytes: 1_048_576,
  cipher: 'aes-256-gcm',
  keyCommitment: bytes(32, 40),
  pusher: KEY_ID,
  stripes: 1,
  fanOut: 3,
  targets: 39,
  relayAfterBytes: 0,
  limitBytesPerSecond: 20_971_520,
  mode: 0o644,
  modifiedMs: 1_767_225_600_000,
  force: false,
  activateAtMs: 1_798_135_200_000,
  deactivateAtMs: null,
}

export const EXAMPLE_TICKET: Ticket = {
  transfer: 7,
  handle: 4,
  node: KEY_ID,
  name: 'web7',
  fingerprint: KEY_ID,
  address: '10.0.0.7:7717',
  leaf: false,
  performance: 0.5,
  wrappedKey: bytes(72, 50),
}

export const EXAMPLE_RECEIPT: Receipt = {
  transfer: 7,
  node: KEY_ID,
  contentDigest: bytes(32, 60),
  bytes: 5_000_000_000,
  elapsedMs: 4321.5,
  diskMs: 250,
}

/** Every number in it differs, so that no field can take another's place unseen. */
export const EXAMPLE_PACKET_HEADER: PacketHeader = {
  transfer: 0x01_0203_0405_0607,
  stripe: 0x1112,
  base: 1,
  oriented: 4,
  index: 0x21222324,
  target: 0x31323334,
  plainBytes: 0x41424344,
  sealedBytes: 5,
  compression: 2,
  cipher: 3,
  checksum: bytes(16, 0x60),
}
