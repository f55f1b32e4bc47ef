import { chmodSync, existsSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Kysely, sql } from 'kysely'
import { describe, expect, onTestFinished, test } from 'vitest'
import { assertSqliteVersion } from '../../../src/registry/connection-settings.ts'
import { openDatabase } from '../../../src/registry/open-database.ts'
import { IN_MEMORY } from '../../../src/registry/open-database-file.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

interface Schema {
  counters: { name: string; value: number }
}
const FIRST = 'CREATE TABLE counters (name TEXT NOT NULL PRIMARY KEY) STRICT'
const SECOND = 'ALTER TABLE counters ADD COLUMN value INTEGER NOT NULL DEFAULT 0'

async function open(path: string, migrations: readonly string[] = [FIRST, SECOND]) {
  const opened = await openDatabase<Schema>({ path, migrations })
  onTestFinished(() => opened.close())
  return opened
}
async function pragma(db: Kysely<Schema>, name: string): Promise<unknown> {
  const { rows } = await sql.raw<Record<string, unknown>>(`PRAGMA ${name}`).execute(db)
  return Object.values(rows[0] ?? {})[0]
}
const refusal = (code: string, text = '') => expect.objectContaining({ code, message: expect.stringContaining(text) })
const newPath = () => join(temporaryFolder(), 'network.db')

test('a transaction for which the disk has no room says so, and leaves nothing behind', async () => {
  const path = newPath()
  const opened = await open(path)
  await sql.raw('PRAGMA max_page_count = 8').execute(opened.db)
  const filling = opened.transaction(async (db) => {
    for (let k = 0; k < 100; k++)
      await db
        .insertInto('counters')
        .values({ name: `${k}`.repeat(2000), value: k })
        .execute()
  })
  await expect(filling).rejects.toEqual(refusal('E_NO_SPACE', `the disk of ${path} is full: free space there`))
  expect(await opened.db.selectFrom('counters').selectAll().execute()).toEqual([])
})

describe('a database file', () => {
  test('has synchronous=FULL, WAL, foreign keys and a busy timeout, also when it is opened again', async () => {
    const path = newPath()
    for (const _ of ['new', 'again', 'and again']) {
      const opened = await open(path)
      expect(await pragma(opened.db, 'journal_mode')).toBe('wal')
      expect(await pragma(opened.db, 'synchronous')).toBe(2)
      expect(await pragma(opened.db, 'foreign_keys')).toBe(1)
      expect(await pragma(opened.db, 'busy_timeout')).toBe(5000)
      await opened.close()
    }
  })

  test('is its owner’s alone, with the files beside it', async () => {
    const path = newPath()
    const { db } = await open(path)
    await db.insertInto('counters').values({ name: 'a', value: 1 }).execute()
    for (const file of [path, `${path}-wal`, `${path}-shm`]) expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  test('that others may read is refused, with the command that mends it', async () => {
    const path = newPath()
    await (await open(path)).close()
    chmodSync(path, 0o640)
    await expect(open(path)).rejects.toThrow(refusal('E_WIDE_MODE', `chmod 600 ${path}`))
  })

  test('is not looked for behind a link', async () => {
    const folder = temporaryFolder()
    await (await open(join(folder, 'real.db'))).close()
    symlinkSync(join(folder, 'real.db'), join(folder, 'link.db'))
    await expect(open(join(folder, 'link.db'))).rejects.toThrow(refusal('E_HOME_KIND'))
  })

  test('that is no database is refused as damaged', async () => {
    const path = newPath()
    writeFileSync(path, 'not a database at all '.repeat(100), { mode: 0o600 })
    await expect(open(path)).rejects.toThrow(refusal('E_DATABASE_DAMAGED', path))
  })

  test('keeps what was committed and nothing of a transaction that failed', async () => {
    const path = newPath()
    const opened = await open(path)
    await opened.transaction((tx) => tx.insertInto('counters').values({ name: 'kept', value: 1 }).execute())
    const failing = opened.transaction(async (tx) => {
      await tx.insertInto('counters').values({ name: 'lost', value: 1 }).execute()
      throw new Error('half-way')
    })
    await expect(failing).rejects.toThrow('half-way')
    await opened.close()
    const again = await open(path)
    expect(await again.db.selectFrom('counters').select('name').execute()).toEqual([{ name: 'kept' }])
  })

  test('can be closed twice, and unused', async () => {
    const opened = await open(newPath())
    await opened.close()
    await opened.close()
  })

  test('serves two connections: what one commits, the other sees', async () => {
    const path = newPath()
    const [serve, token] = [await open(path), await open(path)]
    await serve.db.insertInto('counters').values({ name: 'a', value: 1 }).execute()
    await token.db.updateTable('counters').set({ value: 2 }).execute()
    expect(await serve.db.selectFrom('counters').selectAll().execute()).toEqual([{ name: 'a', value: 2 }])
  })
})

describe('migrations', () => {
  test('bring a new file to the last layout and an old one from where it is', async () => {
    const path = newPath()
    const old = await open(path, [FIRST])
    await sql`INSERT INTO counters (name) VALUES ('from layout 1')`.execute(old.db)
    await old.close()
    const { db } = await open(path, [FIRST, SECOND])
    expect(await pragma(db, 'user_version')).toBe(2)
    expect(await db.selectFrom('counters').selectAll().execute()).toEqual([{ name: 'from layout 1', value: 0 }])
  })

  test('that fail leave the layout before them', async () => {
    const path = newPath()
    const broken = `${SECOND}; CREATE TABLE counters (x TEXT) STRICT`
    await expect(open(path, [FIRST, broken])).rejects.toThrow('already exists')
    const { db } = await open(path, [FIRST])
    expect(await pragma(db, 'user_version')).toBe(1)
    expect(await pragma(db, "table_info('counters')")).toBe(0)
    expect((await sql`SELECT * FROM pragma_table_info('counters')`.execute(db)).rows).toHaveLength(1)
  })

  test('refuse a file of a newer program, and leave it alone', async () => {
    const path = newPath()
    await (await open(path, [FIRST, SECOND])).close()
    await expect(open(path, [FIRST])).rejects.toThrow(refusal('E_DATABASE_NEWER', 'layout 2'))
    await open(path, [FIRST, SECOND])
  })
})

describe('a database in memory', () => {
  test('needs no file and answers within microtasks, transactions too', async () => {
    const { db, transaction } = await open(IN_MEMORY)
    let turns = 0
    const turn = setImmediate(() => turns++)
    const add = (name: string) => transaction((tx) => tx.insertInto('counters').values({ name, value: 0 }).execute())
    await Promise.all(Array.from({ length: 50 }, (_, i) => add(`counter ${i}`)))
    expect(await db.selectFrom('counters').selectAll().execute()).toHaveLength(50)
    expect(turns).toBe(0)
    clearImmediate(turn)
    expect(existsSync(IN_MEMORY)).toBe(false)
  })

  test('runs transactions one after the other, and queries between them', async () => {
    const { db, transaction } = await open(IN_MEMORY)
    await db.insertInto('counters').values({ name: 'a', value: 0 }).execute()
    const addOne = () =>
      transaction(async (tx) => {
        const { value } = await tx.selectFrom('counters').select('value').executeTakeFirstOrThrow()
        await tx
          .updateTable('counters')
          .set({ value: value + 1 })
          .execute()
      })
    await Promise.all(Array.from({ length: 20 }, addOne))
    expect(await db.selectFrom('counters').select('value').executeTakeFirst()).toEqual({ value: 20 })
  })
})

describe('SQLite itself', () => {
  test.each(['3.51.2', '3.50.9', '2.99.99'])('%s is refused', (version) => {
    expect(() => assertSqliteVersion(version)).toThrow(refusal('E_SQLITE_VERSION', version))
  })

  test.each(['3.51.3', '3.52.0', '4.0.0'])('%s is taken', (version) => {
    assertSqliteVersion(version)
  })
})
