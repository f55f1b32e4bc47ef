/** The layouts of the network database, oldest first: see migrate.ts. The columns are described in network-schema.ts. */

const NODES = `
  CREATE TABLE nodes (
    node_id TEXT NOT NULL PRIMARY KEY,
    role TEXT NOT NULL CHECK (role IN ('terminal', 'operator')),
    name TEXT NOT NULL COLLATE NOCASE,
    fingerprint TEXT NOT NULL UNIQUE,
    ed25519 BLOB NOT NULL CHECK (length(ed25519) = 32),
    x25519 BLOB NOT NULL CHECK (length(x25519) = 32),
    enrolled_at INTEGER NOT NULL,
    revoked_at INTEGER
  ) STRICT;
  -- A revoked node's name is free again.
  CREATE UNIQUE INDEX nodes_by_name ON nodes (role, name) WHERE revoked_at IS NULL;

  CREATE TABLE terminals (
    node_id TEXT NOT NULL PRIMARY KEY REFERENCES nodes,
    address TEXT,
    leaf INTEGER NOT NULL DEFAULT 0 CHECK (leaf IN (0, 1)),
    pinned INTEGER NOT NULL DEFAULT 0 CHECK (pinned IN (0, 1)),
    excluded INTEGER NOT NULL DEFAULT 0 CHECK (excluded IN (0, 1)),
    own_labels TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(own_labels)),
    set_labels TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(set_labels)),
    groups TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(groups)),
    last_seen_at INTEGER
  ) STRICT;
`

const MEASUREMENTS = `
  CREATE TABLE measurements (
    node_id TEXT NOT NULL PRIMARY KEY REFERENCES terminals,
    response_ms REAL CHECK (response_ms >= 0),
    bytes_per_second REAL CHECK (bytes_per_second >= 0),
    success_rate REAL CHECK (success_rate BETWEEN 0 AND 1),
    samples INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE samples (
    node_id TEXT NOT NULL REFERENCES terminals,
    slot INTEGER NOT NULL,
    number INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('response', 'throughput', 'outcome')),
    value REAL NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (node_id, slot)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE edges (
    node_id TEXT NOT NULL REFERENCES terminals,
    -- A node id, or 'main' for the main server.
    upstream TEXT NOT NULL,
    bytes_per_second REAL NOT NULL CHECK (bytes_per_second >= 0),
    samples INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (node_id, upstream)
  ) STRICT, WITHOUT ROWID;
`

const TRANSFERS = `
  CREATE TABLE contents (
    digest BLOB NOT NULL PRIMARY KEY CHECK (length(digest) = 32),
    bytes INTEGER NOT NULL CHECK (bytes >= 0)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE transfers (
    -- AUTOINCREMENT: a number is never used again, whatever is removed. An older transfer never replaces a newer one.
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    destination TEXT NOT NULL,
    entry_list BLOB,
    bytes INTEGER CHECK (bytes >= 0),
    cut TEXT NOT NULL CHECK (cut IN ('fixed', 'content')),
    packet_bytes INTEGER NOT NULL CHECK (packet_bytes > 0),
    compression TEXT NOT NULL,
    cipher TEXT NOT NULL,
    fan_out INTEGER NOT NULL CHECK (fan_out > 0),
    stripes INTEGER NOT NULL CHECK (stripes > 0),
    tree TEXT NOT NULL CHECK (tree IN ('classic', 'striped')),
    predicted_ms REAL NOT NULL CHECK (predicted_ms >= 0),
    relay_after_bytes INTEGER NOT NULL CHECK (relay_after_bytes >= 0),
    limit_bytes_per_second INTEGER CHECK (limit_bytes_per_second > 0),
    mode INTEGER NOT NULL,
    modified_ms REAL NOT NULL,
    force INTEGER NOT NULL CHECK (force IN (0, 1)),
    activate_at REAL,
    deactivate_at REAL,
    state TEXT NOT NULL CHECK (state IN ('receiving', 'distributing', 'complete', 'partial', 'failed', 'cancelled')),
    content_digest BLOB CHECK (length(content_digest) = 32),
    -- What of the library it refers to, and since when: a content is removed with the last reference to it.
    held_content BLOB REFERENCES contents,
    held_since INTEGER,
    content_key BLOB NOT NULL CHECK (length(content_key) = 32),
    plan TEXT NOT NULL CHECK (json_valid(plan)),
    operator TEXT NOT NULL REFERENCES nodes,
    first_server TEXT CHECK (json_valid(first_server)),
    created_at INTEGER NOT NULL,
    finished_at INTEGER,
    error_code TEXT,
    error_message TEXT
  ) STRICT;
  CREATE INDEX transfers_by_content ON transfers (held_content) WHERE held_content IS NOT NULL;
  CREATE INDEX transfers_by_destination ON transfers (destination);
  CREATE INDEX transfers_unfinished ON transfers (id) WHERE state IN ('receiving', 'distributing');

  CREATE TABLE deliveries (
    transfer INTEGER NOT NULL REFERENCES transfers ON DELETE CASCADE,
    handle INTEGER NOT NULL CHECK (handle > 0),
    node_id TEXT NOT NULL REFERENCES terminals,
    rank INTEGER NOT NULL CHECK (rank > 0),
    state TEXT NOT NULL CHECK (state IN (
      'planned', 'routed', 'receiving', 'received', 'active', 'withdrawn', 'failed', 'pending', 'cancelled')),
    upstreams TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(upstreams)),
    depth INTEGER,
    attempts INTEGER NOT NULL DEFAULT 1,
    bytes INTEGER NOT NULL DEFAULT 0 CHECK (bytes >= 0),
    started_at INTEGER,
    finished_at INTEGER,
    error_code TEXT,
    error_message TEXT,
    receipt BLOB,
    receipt_signature BLOB CHECK (length(receipt_signature) = 64),
    PRIMARY KEY (transfer, handle),
    UNIQUE (transfer, node_id)
  ) STRICT, WITHOUT ROWID;
`

const ADMINISTRATION = `
  CREATE TABLE tokens (
    secret_hash BLOB NOT NULL PRIMARY KEY CHECK (length(secret_hash) = 32),
    role TEXT NOT NULL CHECK (role IN ('terminal', 'operator')),
    uses_left INTEGER NOT NULL CHECK (uses_left >= 0),
    expires_at INTEGER,
    created_at INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE settings (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
  ) STRICT;

  CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    facts TEXT NOT NULL CHECK (json_valid(facts))
  ) STRICT;
  CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
  CREATE TRIGGER audit_is_never_shortened BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
  -- INSERT OR REPLACE deletes without asking that trigger.
  CREATE TRIGGER audit_is_never_replaced BEFORE INSERT ON audit
    WHEN EXISTS (SELECT 1 FROM audit WHERE id = NEW.id)
    BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
`

export const NETWORK_MIGRATIONS: readonly string[] = [NODES + MEASUREMENTS + TRANSFERS + ADMINISTRATION]
