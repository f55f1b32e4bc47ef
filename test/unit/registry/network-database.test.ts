import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { sql } from 'kysely'
import { describe, expect, onTestFinished, test } from 'vitest'
import { NETWORK_MIGRATIONS } from '../../../src/registry/network-migrations.ts'
import type { NetworkSchema } from '../../../src/registry/network-schema.ts'
import { openDatabase } from '../../../src/registry/open-database.ts'
import { IN_MEMORY } from '../../../src/registry/open-database-file.ts'
import { systemRandom } from '../../../src/system/random.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { newNode, openFixture } from './network-fixture.ts'

async function openRaw(path = IN_MEMORY) {
  const opened = await openDatabase<NetworkSchema>({ path, migrations: NETWORK_MIGRATIONS })
  onTestFinished(() => opened.close())
  return opened.db
}

describe('the network database', () => {
  test('has strict tables only', async () => {
    const db = await openRaw()
    const { rows } = await sql<{ name: string; strict: number }>`
      SELECT name, strict FROM pragma_table_list WHERE schema = 'main' AND name NOT LIKE 'sqlite_%'`.execute(db)
    expect(rows.map(({ name }) => name).sort()).toEqual([
      'audit',
      'contents',
      'deliveries',
      'edges',
      'measurements',
      'nodes',
      'samples',
      'settings',
      'terminals',
      'tokens',
      'transfers',
    ])
    expect(rows.filter(({ strict }) => strict !== 1)).toEqual([])
  })

  test('never holds the secret of a token', async () => {
    const path = join(temporaryFolder(), 'network.db')
    const { database } = await openFixture({ path })
    const secret = await database.tokens.issue({ role: 'operator', uses: 1, expiresAt: null }, systemRandom)
    const written = Buffer.concat([readFileSync(path), readFileSync(`${path}-wal`)])
    expect(written.includes(Buffer.from('operator'))).toBe(true)
    expect(written.includes(Buffer.from(secret))).toBe(false)
  })

  test('does all of a transaction over several tables or nothing of it', async () => {
    const { database } = await openFixture()
    const failing = database.transaction(async (tables) => {
      await tables.nodes.put(newNode('web1'))
      await tables.settings.set('address', 'main:7717')
      throw new Error('half-way')
    })
    await expect(failing).rejects.toThrow('half-way')
    expect(await database.terminals.list()).toEqual([])
    expect(await database.settings.get('address')).toBeUndefined()
  })

  test('keeps its settings over a restart, each the last value', async () => {
    const path = join(temporaryFolder(), 'network.db')
    const { database } = await openFixture({ path })
    await database.settings.set('address', 'main:7717')
    await database.settings.set('address', 'main:7718')
    await database.close()
    const again = await openFixture({ path })
    expect(await again.database.settings.get('address')).toBe('main:7718')
  })

  test('sets no timers', async () => {
    const { database, clock } = await openFixture()
    await database.nodes.put(newNode('web1'))
    await database.transaction((tables) => tables.settings.set('address', 'main:7717'))
    expect(clock.pending).toBe(0)
  })
})

describe('the audit log', () => {
  test('shows its last lines first, with time, actor and facts', async () => {
    const { database, clock } = await openFixture()
    await database.audit.record({ actor: 'main', action: 'started', facts: {} })
    clock.jumpWall(5)
    await database.audit.record({ actor: 'main', action: 'issued a token', facts: { role: 'terminal', uses: 3 } })
    const [last, ...earlier] = await database.audit.latest(2)
    expect(last).toEqual({
      id: 2,
      at: clock.now(),
      actor: 'main',
      action: 'issued a token',
      facts: { role: 'terminal', uses: 3 },
    })
    expect(earlier.map(({ action }) => action)).toEqual(['started'])
    expect(await database.audit.latest(1)).toHaveLength(1)
  })

  test('cannot be changed, shortened or overwritten, not even by SQL', async () => {
    const db = await openRaw()
    const line = sql`VALUES (1, 1, 'main', 'started', '{}')`
    await sql`INSERT INTO audit ${line}`.execute(db)
    await expect(sql`UPDATE audit SET actor = 'nobody'`.execute(db)).rejects.toThrow('append-only')
    await expect(sql`DELETE FROM audit`.execute(db)).rejects.toThrow('append-only')
    await expect(sql`INSERT OR REPLACE INTO audit ${line}`.execute(db)).rejects.toThrow('append-only')
    expect(await db.selectFrom('audit').select('actor').execute()).toEqual([{ actor: 'main' }])
  })
})
