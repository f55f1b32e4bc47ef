/** Transfers: what was pushed, how, and how far it came. Their numbers only go up and are never used again. */

import type { Kysely, Selectable } from 'kysely'
import type { NodeId } from '../identity/node-id.ts'
import type { Clock } from '../system/clock.ts'
import type { Plan } from '../tree/plan.ts'
import type { Cut } from '../wire/codes.ts'
import {
  decodeEntryListDescription,
  type EntryListDescription,
  encodeEntryListDescription,
} from '../wire/signed-documents.ts'
import type { TransferSnapshot, TransferStateName } from '../wire/snapshot.ts'
import type { NetworkSchema, TransferRow } from './network-schema.ts'
import { bytesOf } from './stored-bytes.ts'

export type TransferState = TransferStateName

/** What an operator asked for. */
export interface TransferRequest {
  readonly name: string
  readonly destination: string
  /** Null for the bytes of one file. */
  readonly entryList: EntryListDescription | null
  /** Null when the content has no size before its end (a pipe). */
  readonly bytes: number | null
  readonly cut: Cut
  readonly packetBytes: number
  readonly compression: TransferSnapshot['compression']
  readonly cipher: TransferSnapshot['cipher']
  readonly relayAfterBytes: number
  /** What each sender of it keeps to; null for no limit. */
  readonly limitBytesPerSecond: number | null
  readonly mode: number
  readonly modifiedMs: number
  readonly force: boolean
  /** When it goes live, and is taken out again; null for at once, and never. */
  readonly activateAtMs: number | null
  readonly deactivateAtMs: number | null
  readonly operator: NodeId
  /** Who else than the main server is the first server. */
  readonly firstServer: RecordedFirstServer | null
}

/** A first server as it was when the transfer began. */
export interface RecordedFirstServer {
  readonly node: NodeId
  readonly name: string
  /** What it provides: a path of its own. */
  readonly path: string
  /** Whether it is the operator that pushed, and no terminal. */
  readonly isPusher: boolean
}

export interface NewTransfer extends TransferRequest {
  /** 32 bytes: the content key, kept so that packets can be sealed again. */
  readonly contentKey: Uint8Array
  /** The trees as planned; deliveries say what became of them. */
  readonly plan: Plan
  /** What the plan was expected to take. */
  readonly predictedMs: number
}

/** A transfer without what is large or secret. */
export interface TransferFacts extends TransferRequest {
  readonly id: number
  readonly state: TransferState
  readonly tree: Plan['kind']
  readonly fanOut: number
  readonly predictedMs: number
  readonly stripes: number
  /** SHA-256 of the whole content, once it is known. */
  readonly contentDigest: Uint8Array | null
  readonly createdAt: number
  readonly finishedAt: number | null
  readonly error: { readonly code: string; readonly message: string } | null
}

export interface Transfer extends TransferFacts {
  readonly contentKey: Uint8Array
  readonly plan: Plan
}

const FACT_COLUMNS = [
  'id',
  'name',
  'destination',
  'entry_list',
  'bytes',
  'cut',
  'packet_bytes',
  'compression',
  'cipher',
  'fan_out',
  'predicted_ms',
  'stripes',
  'tree',
  'relay_after_bytes',
  'limit_bytes_per_second',
  'mode',
  'modified_ms',
  'force',
  'activate_at',
  'deactivate_at',
  'state',
  'content_digest',
  'operator',
  'first_server',
  'created_at',
  'finished_at',
  'error_code',
  'error_message',
] as const satisfies readonly (keyof TransferRow)[]

export type Transfers = ReturnType<typeof createTransfers>

export function createTransfers(db: Kysely<NetworkSchema>, clock: Clock) {
  return {
    /** @returns the transfer's number */
    async create(transfer: NewTransfer): Promise<number> {
      const values = { ...toColumns(transfer), created_at: clock.now() }
      const { id } = await db.insertInto('transfers').values(values).returning('id').executeTakeFirstOrThrow()
      return id
    },

    async find(id: number): Promise<Transfer | undefined> {
      const row = await db.selectFrom('transfers').selectAll().where('id', '=', id).executeTakeFirst()
      return row && toTransfer(row)
    },

    /** Whether something was pushed to this destination before. */
    async isKnownDestination(destination: string): Promise<boolean> {
      const found = await db
        .selectFrom('transfers')
        .select('id')
        .where('destination', '=', destination)
        .limit(1)
        .executeTakeFirst()
      return found !== undefined
    },

    /** The newest `limit`, newest first. */
    async latest(limit: number): Promise<TransferFacts[]> {
      const rows = await db.selectFrom('transfers').select(FACT_COLUMNS).orderBy('id', 'desc').limit(limit).execute()
      return rows.map(toFacts)
    },

    /** Those to go on with after a restart, oldest first. */
    async unfinished(): Promise<Transfer[]> {
      const rows = await db
        .selectFrom('transfers')
        .selectAll()
        .where('state', 'in', ['receiving', 'distributing'])
        .orderBy('id')
        .execute()
      return rows.map(toTransfer)
    },

    /** How many there are in each state. */
    async countByState(): Promise<Map<TransferState, number>> {
      const counted = await db
        .selectFrom('transfers')
        .select((select) => ['state', select.fn.countAll<number>().as('count')] as const)
        .groupBy('state')
        .execute()
      return new Map(counted.map(({ state, count }) => [state, count]))
    },

    /** All of the content is described. */
    async keepContent(id: number, { bytes, digest }: { bytes: number; digest: Uint8Array }): Promise<void> {
      await db.updateTable('transfers').set({ bytes, content_digest: digest }).where('id', '=', id).execute()
    },

    /** A state that is an end also says when; going on again takes that back. */
    async setState(id: number, state: TransferState, error: TransferFacts['error'] = null): Promise<void> {
      const goesOn = state === 'receiving' || state === 'distributing'
      await db
        .updateTable('transfers')
        .set({
          state,
          finished_at: goesOn ? null : clock.now(),
          error_code: error?.code ?? null,
          error_message: error?.message ?? null,
        })
        .where('id', '=', id)
        .execute()
    },
  }
}

function toColumns(transfer: NewTransfer) {
  return {
    name: transfer.name,
    destination: transfer.destination,
    entry_list: transfer.entryList && encodeEntryListDescription(transfer.entryList),
    bytes: transfer.bytes,
    cut: transfer.cut,
    packet_bytes: transfer.packetBytes,
    compression: transfer.compression,
    cipher: transfer.cipher,
    fan_out: transfer.plan.fanOut,
    predicted_ms: transfer.predictedMs,
    stripes: transfer.plan.stripes.length,
    tree: transfer.plan.kind,
    relay_after_bytes: transfer.relayAfterBytes,
    limit_bytes_per_second: transfer.limitBytesPerSecond,
    mode: transfer.mode,
    modified_ms: transfer.modifiedMs,
    force: transfer.force ? 1 : 0,
    activate_at: transfer.activateAtMs,
    deactivate_at: transfer.deactivateAtMs,
    state: 'receiving',
    content_digest: null,
    held_content: null,
    held_since: null,
    content_key: transfer.contentKey,
    plan: JSON.stringify(transfer.plan),
    operator: transfer.operator,
    first_server: transfer.firstServer && JSON.stringify(transfer.firstServer),
    finished_at: null,
    error_code: null,
    error_message: null,
  } as const
}

function toTransfer(row: Selectable<TransferRow>): Transfer {
  return { ...toFacts(row), contentKey: bytesOf(row.content_key), plan: JSON.parse(row.plan) as Plan }
}

function toFacts(row: Pick<Selectable<TransferRow>, (typeof FACT_COLUMNS)[number]>): TransferFacts {
  return {
    id: row.id,
    name: row.name,
    destination: row.destination,
    entryList: row.entry_list && decodeEntryListDescription(bytesOf(row.entry_list)),
    bytes: row.bytes,
    cut: row.cut,
    packetBytes: row.packet_bytes,
    compression: row.compression,
    cipher: row.cipher,
    fanOut: row.fan_out,
    predictedMs: row.predicted_ms,
    stripes: row.stripes,
    tree: row.tree,
    relayAfterBytes: row.relay_after_bytes,
    limitBytesPerSecond: row.limit_bytes_per_second,
    mode: row.mode,
    modifiedMs: row.modified_ms,
    force: row.force === 1,
    activateAtMs: row.activate_at,
    deactivateAtMs: row.deactivate_at,
    state: row.state,
    contentDigest: row.content_digest && bytesOf(row.content_digest),
    operator: row.operator as NodeId,
    firstServer: row.first_server === null ? null : (JSON.parse(row.first_server) as RecordedFirstServer),
    createdAt: row.created_at,
    finishedAt: row.finished_at,
    error: row.error_code === null ? null : { code: row.error_code, message: row.error_message ?? '' },
  }
}
