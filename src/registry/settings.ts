/** What `serve` and `serve token` must both know, across restarts. */

import type { Kysely } from 'kysely'
import type { NetworkSchema } from './network-schema.ts'

/**
 * - `address`: the `HOST:PORT` that join tokens name
 */
export type SettingName = 'address'

export type Settings = ReturnType<typeof createSettings>

export function createSettings(db: Kysely<NetworkSchema>) {
  return {
    async get(name: SettingName): Promise<string | undefined> {
      const row = await db.selectFrom('settings').select('value').where('name', '=', name).executeTakeFirst()
      return row?.value
    },

    async set(name: SettingName, value: string): Promise<void> {
      await db
        .insertInto('settings')
        .values({ name, value })
        .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
        .execute()
    },
  }
}
