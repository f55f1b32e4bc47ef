/**
 * The tables of the network database, as Kysely sees them; network-migrations.ts makes them. Times are milliseconds since 1970,
 * flags 0 or 1, JSON and ids text.
 */

import type { Generated } from 'kysely'
import type { Cut } from '../wire/codes.ts'
import type { DeliveryStateName, TransferSnapshot, TransferStateName } from '../wire/snapshot.ts'

export type Flag = 0 | 1

export interface NetworkSchema {
  nodes: NodeRow
  terminals: TerminalRow
  measurements: MeasurementRow
  samples: SampleRow
  edges: EdgeRow
  contents: ContentRow
  transfers: TransferRow
  deliveries: DeliveryRow
  tokens: TokenRow
  settings: { name: string; value: string }
  audit: AuditRow
}

/** Whoever has enrolled. Rows stay for ever: past deliveries and the audit log speak of them. */
export interface NodeRow {
  node_id: string
  role: 'terminal' | 'operator'
  name: string
  fingerprint: string
  ed25519: Uint8Array
  x25519: Uint8Array
  enrolled_at: number
  revoked_at: number | null
}

/** What a node of role `terminal` has besides. */
export interface TerminalRow {
  node_id: string
  /** `HOST:PORT` where others dial it; null before it first said so, and for one that only dials out. */
  address: string | null
  leaf: Flag
  pinned: Flag
  excluded: Flag
  /** JSON: what the terminal says of itself. */
  own_labels: string
  /** JSON: what operators set; an empty value takes the terminal's own away. */
  set_labels: string
  /** JSON: names. */
  groups: string
  last_seen_at: number | null
}

/** One row a terminal, smoothed; null before the first sample of that kind. */
export interface MeasurementRow {
  node_id: string
  response_ms: number | null
  bytes_per_second: number | null
  success_rate: number | null
  /** Samples of all kinds, ever. */
  samples: number
  updated_at: number
}

/** The last samples of each terminal: a ring whose slot is the sample's number modulo its size. */
export interface SampleRow {
  node_id: string
  slot: number
  number: number
  kind: 'response' | 'throughput' | 'outcome'
  value: number
  at: number
}

/** How fast a terminal has taken content from one upstream, smoothed. */
export interface EdgeRow {
  node_id: string
  upstream: string
  bytes_per_second: number
  samples: number
  updated_at: number
}

/** A content whose bytes the library holds. */
export interface ContentRow {
  digest: Uint8Array
  bytes: number
}

export interface TransferRow {
  id: Generated<number>
  name: string
  destination: string
  /** MessagePack: the entry list's length and digest, and what lands; null for the bytes of one file. */
  entry_list: Uint8Array | null
  bytes: number | null
  cut: Cut
  packet_bytes: number
  compression: TransferSnapshot['compression']
  cipher: TransferSnapshot['cipher']
  fan_out: number
  stripes: number
  tree: 'classic' | 'striped'
  predicted_ms: number
  relay_after_bytes: number
  limit_bytes_per_second: number | null
  mode: number
  modified_ms: number
  force: Flag
  activate_at: number | null
  deactivate_at: number | null
  state: TransferStateName
  content_digest: Uint8Array | null
  /** Of `contents`; null while the library does not hold its bytes. */
  held_content: Uint8Array | null
  held_since: number | null
  content_key: Uint8Array
  plan: string
  operator: string
  /** JSON; null when the main server is the first server. */
  first_server: string | null
  created_at: number
  finished_at: number | null
  error_code: string | null
  error_message: string | null
}

export interface DeliveryRow {
  transfer: number
  handle: number
  node_id: string
  rank: number
  state: DeliveryStateName
  /** JSON: the handle of the upstream in each stripe, null where there is none yet. */
  upstreams: string
  depth: number | null
  attempts: number
  bytes: number
  started_at: number | null
  finished_at: number | null
  error_code: string | null
  error_message: string | null
  receipt: Uint8Array | null
  receipt_signature: Uint8Array | null
}

export interface TokenRow {
  secret_hash: Uint8Array
  role: 'terminal' | 'operator'
  uses_left: number
  expires_at: number | null
  created_at: number
}

export interface AuditRow {
  id: Generated<number>
  at: number
  actor: string
  action: string
  facts: string
}
