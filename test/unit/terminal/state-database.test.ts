import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { IN_MEMORY } from '../../../src/registry/open-database-file.ts'
import { openStateDatabase } from '../../../src/terminal/state-database.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

async function open(path: string = IN_MEMORY) {
  const migrations = ['CREATE TABLE counters (name TEXT NOT NULL PRIMARY KEY) STRICT']
  const database = await openStateDatabase({ path, migrations })
  onTestFinished(() => database.close())
  const add = database.prepare<[string]>('INSERT INTO counters (name) VALUES (?)')
  const names = database.prepare<[], string>('SELECT name FROM counters ORDER BY name').pluck()
  return { database, add, names: () => names.all() }
}

describe('a step of a terminal’s state', () => {
  test('gives what its work gives, once it is committed', async () => {
    const path = join(temporaryFolder(), 'state.db')
    const { database, add } = await open(path)
    const beside = await open(path)
    expect(await database.transaction(() => add.run('a').changes)).toBe(1)
    expect(beside.names()).toEqual(['a'])
  })

  test('that throws leaves nothing behind, and the next one works', async () => {
    const { database, add, names } = await open()
    const broken = database.transaction(() => {
      add.run('a')
      throw new Error('half-way')
    })
    await expect(broken).rejects.toThrow('half-way')
    await database.transaction(() => add.run('b'))
    expect(names()).toEqual(['b'])
  })

  test('for which the disk has no room says so, and leaves nothing behind', async () => {
    const path = join(temporaryFolder(), 'state.db')
    const { database, add, names } = await open(path)
    database.prepare('PRAGMA max_page_count = 8').get()
    const filling = database.transaction(() => {
      for (let k = 0; k < 100; k++) add.run(`${k}`.repeat(2000))
    })
    const message = `the disk of ${path} is full: free space there`
    await expect(filling).rejects.toEqual(expect.objectContaining({ code: 'E_NO_SPACE', message }))
    expect(names()).toEqual([])
  })
})
