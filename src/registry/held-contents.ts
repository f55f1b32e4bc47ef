/**
 * The contents that the library holds, by their digests, and the transfers that refer to them: the same bytes are one content, however many
 * transfers brought them.
 *
 * Guarantee: a content leaves this table in the same step as the last reference to it, never before.
 */

import type { Kysely } from 'kysely'
import type { Clock } from '../system/clock.ts'
import type { NetworkSchema } from './network-schema.ts'
import { inTransaction } from './open-database.ts'
import { bytesOf } from './stored-bytes.ts'

export interface HeldContent {
  /** 32 bytes: what its file is named by. */
  readonly digest: Uint8Array
  readonly bytes: number
}

/** A transfer that refers to a content of the library. */
export interface ContentReference extends HeldContent {
  readonly transfer: number
  readonly destination: string
  /** When it came to refer to it, in milliseconds since 1970. */
  readonly sinceMs: number
  /** Whether the transfer has a content to deliver: its upload ended, and it was not called off. */
  readonly isWhole: boolean
}

export type HeldContents = ReturnType<typeof createHeldContents>

export function createHeldContents(db: Kysely<NetworkSchema>, clock: Clock) {
  return {
    /** The transfer refers to this content from now on. @returns since when */
    hold: (transfer: number, { digest, bytes }: HeldContent): Promise<number> =>
      inTransaction(db, async (tx) => {
        const sinceMs = clock.now()
        await tx
          .insertInto('contents')
          .values({ digest, bytes })
          .onConflict((conflict) => conflict.doNothing())
          .execute()
        await tx
          .updateTable('transfers')
          .set({ held_content: digest, held_since: sinceMs })
          .where('id', '=', transfer)
          .execute()
        return sinceMs
      }),

    /** These transfers refer to none any more. @returns the digests of the contents that nobody refers to now */
    release: (transfers: readonly number[]): Promise<Uint8Array[]> =>
      inTransaction(db, async (tx) => {
        for (const transfer of transfers) {
          await tx
            .updateTable('transfers')
            .set({ held_content: null, held_since: null })
            .where('id', '=', transfer)
            .execute()
        }
        const dropped = await tx
          .deleteFrom('contents')
          .where(({ not, exists, selectFrom }) =>
            not(
              exists(selectFrom('transfers').select('id').whereRef('transfers.held_content', '=', 'contents.digest')),
            ),
          )
          .returning('digest')
          .execute()
        return dropped.map(({ digest }) => bytesOf(digest))
      }),

    /** Every reference, oldest transfer first. */
    async references(): Promise<ContentReference[]> {
      const rows = await db
        .selectFrom('transfers')
        .innerJoin('contents', 'contents.digest', 'transfers.held_content')
        .select(['transfers.id', 'transfers.destination', 'transfers.held_since'])
        .select(['transfers.content_digest', 'transfers.state'])
        .select(['contents.digest', 'contents.bytes'])
        .orderBy('transfers.id')
        .execute()
      return rows.map(({ id, destination, held_since, digest, bytes, content_digest, state }) => ({
        transfer: id,
        destination,
        sinceMs: held_since ?? 0,
        digest: bytesOf(digest),
        bytes,
        isWhole: content_digest !== null && state !== 'cancelled',
      }))
    },
  }
}
