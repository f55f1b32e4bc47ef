/** Join tokens, as the main server keeps them: hashed, counted, with a role and an end. */

import type { Kysely } from 'kysely'
import { hashSecret, JOIN_SECRET_BYTES, type JoinRole } from '../identity/join-token.ts'
import type { Clock } from '../system/clock.ts'
import { TreecastError } from '../system/errors.ts'
import type { Random } from '../system/random.ts'
import type { NetworkSchema } from './network-schema.ts'
import { inTransaction } from './open-database.ts'

export interface TokenTerms {
  readonly role: JoinRole
  /** How many nodes may enrol with it; at least 1. */
  readonly uses: number
  /** Milliseconds since 1970; null for never. */
  readonly expiresAt: number | null
  /** JOIN_SECRET_BYTES bytes that nobody can guess; drawn when left out. */
  readonly secret?: Uint8Array
}

export type Tokens = ReturnType<typeof createTokens>

export function createTokens(db: Kysely<NetworkSchema>, clock: Clock) {
  return {
    /** @returns the secret; it is kept nowhere else */
    async issue(token: TokenTerms, random: Random): Promise<Uint8Array> {
      const { role, uses, expiresAt, secret = random.bytes(JOIN_SECRET_BYTES) } = token
      const terms = { role, uses_left: uses, expires_at: expiresAt }
      await db
        .insertInto('tokens')
        .values({ ...terms, secret_hash: hashSecret(secret), created_at: clock.now() })
        .execute()
      return secret
    },

    /**
     * Takes one use. Part of the caller's transaction, so that a refused enrolment gives the use back.
     * @throws E_JOIN_TOKEN_UNKNOWN, E_JOIN_TOKEN_ROLE, E_JOIN_TOKEN_EXPIRED, E_JOIN_TOKEN_SPENT
     */
    consume: (secretHash: Uint8Array, role: JoinRole): Promise<void> =>
      inTransaction(db, async (tx) => {
        const token = await tx.selectFrom('tokens').selectAll().where('secret_hash', '=', secretHash).executeTakeFirst()
        if (!token) throw refusal('UNKNOWN', 'this main server has not issued it')
        if (token.role !== role) throw refusal('ROLE', `it is for ${token.role}s, and this is a ${role}`)
        if (token.expires_at !== null && token.expires_at <= clock.now()) {
          throw refusal('EXPIRED', `it ended at ${new Date(token.expires_at).toISOString()}`)
        }
        if (token.uses_left === 0) throw refusal('SPENT', 'all its uses are taken')
        await tx
          .updateTable('tokens')
          .set({ uses_left: token.uses_left - 1 })
          .where('secret_hash', '=', secretHash)
          .execute()
      }),
  }
}

type Refusal = 'UNKNOWN' | 'ROLE' | 'EXPIRED' | 'SPENT'

function refusal(kind: Refusal, why: string): TreecastError {
  const message = `the join token is refused: ${why}. Ask for a new one: treecast serve token`
  return new TreecastError(`E_JOIN_TOKEN_${kind}`, message)
}
