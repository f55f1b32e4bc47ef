/** The tables of a terminal's state, how they are made, and the rows of the larger two. Times are milliseconds since 1970. */

import type { ReportState } from '../wire/transfer-messages.ts'

export type Stage = 'receiving' | 'received' | 'active' | 'withdrawn'

/** When a command of the terminal's owner is due. */
export type HookEvent = 'activate' | 'deactivate'

export interface TransferRow {
  transfer: number
  stage: Stage
  destination: string
  /** By the main server's clock; null for at once, and never. */
  activate_at: number | null
  deactivate_at: number | null
  manifest: Uint8Array
  manifest_signature: Uint8Array
  ticket: Uint8Array
  ticket_signature: Uint8Array
  /** Bitmap of the packets that are durable. */
  durable: Uint8Array
  /** The last receipt, once the content was received. */
  receipt: Uint8Array | null
  receipt_signature: Uint8Array | null
  /** JSON: by destination, by what the published content is known again (content/withdrawal.ts). */
  published: string | null
  /** A command that is due, and how often it was begun. */
  hook: HookEvent | null
  hook_tries: number
}

/** Of one receipt that the main server has not confirmed. */
export interface OutboxRow {
  id: number
  transfer: number
  state: ReportState
  receipt: Uint8Array
  signature: Uint8Array
  error_code: string | null
  error_message: string | null
}

/**
 * `destinations`: all that lands by a name of its own; the transfer's own `destination` is for people. `shown`: where a transfer that is
 * known no more has put something before it failed, so that nothing older takes its place. `main_clock`: one row, once the main server's
 * clock was read: how far it is ahead of this machine's, and the latest reading.
 */
export const STATE_MIGRATIONS = [
  `CREATE TABLE transfers (
     transfer INTEGER PRIMARY KEY,
     stage TEXT NOT NULL CHECK (stage IN ('receiving', 'received', 'active', 'withdrawn')),
     destination TEXT NOT NULL,
     activate_at REAL, deactivate_at REAL,
     manifest BLOB NOT NULL, manifest_signature BLOB NOT NULL,
     ticket BLOB NOT NULL, ticket_signature BLOB NOT NULL,
     durable BLOB NOT NULL,
     receipt BLOB, receipt_signature BLOB,
     published TEXT CHECK (json_valid(published)),
     hook TEXT CHECK (hook IN ('activate', 'deactivate')),
     hook_tries INTEGER NOT NULL DEFAULT 0
   ) STRICT;
   CREATE TABLE destinations (
     transfer INTEGER NOT NULL REFERENCES transfers ON DELETE CASCADE,
     destination TEXT NOT NULL,
     PRIMARY KEY (destination, transfer)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX destinations_by_transfer ON destinations (transfer);
   CREATE TABLE shown (destination TEXT PRIMARY KEY, transfer INTEGER NOT NULL) STRICT, WITHOUT ROWID;
   CREATE TABLE tables (
     transfer INTEGER NOT NULL REFERENCES transfers ON DELETE CASCADE,
     segment INTEGER NOT NULL,
     bytes BLOB NOT NULL,
     PRIMARY KEY (transfer, segment)
   ) STRICT;
   CREATE TABLE outbox (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     transfer INTEGER NOT NULL,
     state TEXT NOT NULL,
     receipt BLOB NOT NULL, signature BLOB NOT NULL,
     error_code TEXT, error_message TEXT,
     UNIQUE (transfer, state)
   ) STRICT;
   CREATE TABLE main_clock (id INTEGER PRIMARY KEY CHECK (id = 1), ahead_ms REAL NOT NULL, read_ms REAL NOT NULL) STRICT;`,
]
