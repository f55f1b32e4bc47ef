import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { issueToken, openFixture } from './network-fixture.ts'

const SEEDS = ['web1', 'web2', 'web3', 'web4']

async function enrolInProcess(path: string, secretHash: Uint8Array, seed: string): Promise<string> {
  const script = fileURLToPath(import.meta.resolve('./enrol-process.ts'))
  const { stdout } = await promisify(execFile)(process.execPath, [
    script,
    path,
    Buffer.from(secretHash).toString('hex'),
    seed,
  ])
  return stdout.trim()
}

describe('processes that have one network database open', () => {
  test('spend the uses of a token once each, and no more', async () => {
    const path = join(temporaryFolder(), 'network.db')
    const { database } = await openFixture({ path })
    const hash = await issueToken(database, { uses: 2 })
    const outcomes = await Promise.all(SEEDS.map((seed) => enrolInProcess(path, hash, seed)))
    expect(outcomes.sort()).toEqual(['E_JOIN_TOKEN_SPENT', 'E_JOIN_TOKEN_SPENT', 'enrolled', 'enrolled'])
    expect(await database.terminals.list()).toHaveLength(2)
  })

  test('may all be the first to open it', async () => {
    const path = join(temporaryFolder(), 'network.db')
    const unknown = new Uint8Array(32)
    const outcomes = await Promise.all(SEEDS.map((seed) => enrolInProcess(path, unknown, seed)))
    expect(outcomes).toEqual(SEEDS.map(() => 'E_JOIN_TOKEN_UNKNOWN'))
  })
})
