/** A terminal whose disk is full fails alone, with that reason; the others finish. Its disk is a small file system in memory. */

import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { beforeAll, describe, expect, test } from 'vitest'
import { endAfterAll } from '../support/end-after-all.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { contentPieces, makeFile, sha256File } from '../support/test-content.ts'
import { lastDocument, startNetwork, type TreecastNetwork } from '../support/treecast-network.ts'

const MIB = 1024 ** 2
const DISK_BYTES = 8 * MIB
/** More than a segment, so that the terminals begin to store it before the main server knows its size. */
const CONTENT_BYTES = 24 * MIB

const endWith = endAfterAll()

const disk = temporaryFolder({ endWith })
const why = mountDisk()
if (why !== undefined) console.warn(`the tests of a full disk are skipped: ${why}`)

describe.skipIf(why !== undefined)('a terminal whose disk is too small', () => {
  let network: TreecastNetwork
  beforeAll(async () => {
    network = await startNetwork({ terminals: ['web1', 'web2'], serveArgs: ['--fanout', '1'], endWith })
    await network.enrol('small', undefined, { args: ['--inbox', disk] })
  })

  const expectOthersComplete = async (name: string, digest: string) => {
    for (const other of ['web1', 'web2']) expect(await sha256File(network.inbox(other, name)), other).toBe(digest)
  }

  test('fails before a byte is sent when the size is known, and the others get the file', async () => {
    const path = join(temporaryFolder(), 'large')
    const digest = await makeFile(path, CONTENT_BYTES)
    const { code, result } = await network.push(path)
    expect(code).toBe(3)
    expect(result).toMatchObject({ state: 'partial', delivered: 2, failed: 1, pending: 0 })
    const { state, error } = result.targets.find(({ name }) => name === 'small') ?? {}
    expect({ state, code: error?.code }).toEqual({ state: 'failed', code: 'E_NO_SPACE' })
    expect(error?.message).toBe(
      `terminal small refused the transfer: 8 MiB free in ${disk}, 24 MiB needed: free space there, or push with --to '!small'`,
    )
    await expectOthersComplete('large', digest)
  })

  test('fails half-way when the size is not known, leaves nothing, and the others get the content', async () => {
    const input = Readable.from(contentPieces(CONTENT_BYTES))
    const push = await network.start(['push', '-', '--dest', 'stream', '--json'], { input })
    expect((await push.exit).code).toBe(3)
    const result = lastDocument(push.stdout.text)
    expect(result).toMatchObject({ state: 'partial', delivered: 2, failed: 1, pending: 0 })
    const { state, error } = result.targets.find(({ name }) => name === 'small') ?? {}
    expect({ state, code: error?.code }).toEqual({ state: 'failed', code: 'E_NO_SPACE' })
    const path = join(temporaryFolder(), 'same')
    await expectOthersComplete('stream', await makeFile(path, CONTENT_BYTES))
    await expect.poll(usedBytes, { timeout: 10_000 }).toBeLessThan(64 * 1024)
  })

  test('gets what does fit', async () => {
    const path = join(temporaryFolder(), 'fitting')
    const digest = await makeFile(path, DISK_BYTES / 2)
    expect((await network.push(path)).code).toBe(0)
    expect(await sha256File(join(disk, 'fitting'))).toBe(digest)
  })
})

/** @returns why there is no small disk, or undefined when there is one */
function mountDisk(): string | undefined {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_BYTES}`, 'treecast-test', disk], { stdio: 'pipe' })
    endWith(() => void execFileSync('umount', ['--lazy', disk]))
    return undefined
  } catch (error) {
    return String((error as { stderr?: unknown }).stderr ?? error).trim()
  }
}

function usedBytes(): number {
  return Number(execFileSync('df', ['--output=used', '--block-size=1', disk], { encoding: 'utf8' }).split('\n')[1])
}
