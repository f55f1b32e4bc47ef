/** The audit log: who did what, when. The database itself refuses to change or remove a line. */

import type { Kysely } from 'kysely'
import type { Clock } from '../system/clock.ts'
import type { ErrorFacts as Facts } from '../system/errors.ts'
import type { NetworkSchema } from './network-schema.ts'

export interface AuditLine {
  /** From 1 upwards, without reuse. */
  readonly id: number
  readonly at: number
  /** A node id, or `main` for the main server itself. */
  readonly actor: string
  /** A verb in the past: `enrolled`, `revoked`, `pushed`. */
  readonly action: string
  readonly facts: Facts
}

export type Audit = ReturnType<typeof createAudit>

export function createAudit(db: Kysely<NetworkSchema>, clock: Clock) {
  return {
    async record({ actor, action, facts }: Pick<AuditLine, 'actor' | 'action' | 'facts'>): Promise<void> {
      await db
        .insertInto('audit')
        .values({ at: clock.now(), actor, action, facts: JSON.stringify(facts) })
        .execute()
    },

    /** The last `limit` lines, newest first. */
    async latest(limit: number): Promise<AuditLine[]> {
      const rows = await db.selectFrom('audit').selectAll().orderBy('id', 'desc').limit(limit).execute()
      return rows.map((row) => ({ ...row, facts: JSON.parse(row.facts) as Facts }))
    },
  }
}
