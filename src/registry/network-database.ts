/**
 * The network database (20, 23 in US 8,495,167): terminals, what was measured of them, transfers, deliveries, tokens, audit log. One
 * file here per topic; this one puts them together over one database, or over one transaction of it.
 */

import type { Kysely } from 'kysely'
import type { Clock } from '../system/clock.ts'
import { type Audit, createAudit } from './audit.ts'
import { createDeliveries, type Deliveries } from './deliveries.ts'
import { enrol } from './enrolment.ts'
import { createHeldContents, type HeldContents } from './held-contents.ts'
import { createMeasurements, type Measurements } from './measurements.ts'
import { NETWORK_MIGRATIONS } from './network-migrations.ts'
import type { NetworkSchema } from './network-schema.ts'
import { createNodes, type NewNode, type Node, type Nodes } from './nodes.ts'
import { openDatabase } from './open-database.ts'
import { createSettings, type Settings } from './settings.ts'
import { createTerminals, type Terminals } from './terminals.ts'
import { createTokens, type Tokens } from './tokens.ts'
import { createTransfers, type Transfers } from './transfers.ts'

export interface NetworkTables {
  readonly nodes: Nodes
  readonly terminals: Terminals
  readonly measurements: Measurements
  readonly transfers: Transfers
  readonly deliveries: Deliveries
  readonly heldContents: HeldContents
  readonly tokens: Tokens
  readonly settings: Settings
  readonly audit: Audit
  /** See enrolment.ts. */
  enrol(request: { readonly node: NewNode; readonly secretHash: Uint8Array }): Promise<Node>
}

export interface NetworkDatabase extends NetworkTables {
  /** All of `work` or nothing of it. Inside, use only the tables it is given: the others wait for its end. */
  transaction<T>(work: (tables: NetworkTables) => Promise<T>): Promise<T>
  /** Harmless when repeated. */
  close(): Promise<void>
}

/**
 * @param place the file, in a folder that is there, or IN_MEMORY
 * @throws what openDatabase throws
 */
export async function openNetworkDatabase(place: {
  readonly path: string
  readonly clock: Clock
}): Promise<NetworkDatabase> {
  const { path, clock } = place
  const opened = await openDatabase<NetworkSchema>({ path, migrations: NETWORK_MIGRATIONS })
  return {
    ...tablesOver(opened.db, clock),
    transaction: (work) => opened.transaction((tx) => work(tablesOver(tx, clock))),
    close: opened.close,
  }
}

function tablesOver(db: Kysely<NetworkSchema>, clock: Clock): NetworkTables {
  return {
    nodes: createNodes(db, clock),
    terminals: createTerminals(db, clock),
    measurements: createMeasurements(db, clock),
    transfers: createTransfers(db, clock),
    deliveries: createDeliveries(db, clock),
    heldContents: createHeldContents(db, clock),
    tokens: createTokens(db, clock),
    settings: createSettings(db),
    audit: createAudit(db, clock),
    enrol: (request) => enrol(db, clock, request),
  }
}
