/** What lies on a real disk, as a content that others get. */

import { mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkEntryList } from '../../../src/content/entry-list-check.ts'
import { fileExtents } from '../../../src/content/file-extents.ts'
import { openProvided } from '../../../src/content/provided-content.ts'
import { systemFiles } from '../../../src/system/real-files.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

function folderWith(sizes: readonly number[]): string {
  const folder = temporaryFolder()
  mkdirSync(join(folder, 'top', 'sub'), { recursive: true })
  for (const [k, size] of sizes.entries()) {
    writeFileSync(join(folder, 'top', k % 2 === 0 ? '.' : 'sub', `f${k}`), Buffer.alloc(size, k + 1))
  }
  return folder
}

describe('openProvided', () => {
  test('a file is its bytes, with mode and time', async () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'a'), 'hello', { mode: 0o640 })
    utimesSync(join(folder, 'a'), 1_700_000_000, 1_700_000_000)
    const content = await openProvided(systemFiles, { folder, parts: ['a'] }, 'a')
    expect(content).toMatchObject({ bytes: 5, mode: 0o640, modifiedMs: 1_700_000_000_000, entryList: null })
    expect(Buffer.from(await content.stream.read(1, 10)).toString()).toBe('ello')
    await content.stream.close()
  })

  test('a folder is an entry list that is accepted, under the name it is to have, and its files behind that', async () => {
    const folder = folderWith([3, 0, 5, 70_000])
    symlinkSync('sub/f1', join(folder, 'top', 'link'))
    const { entryList, bytes, stream } = await openProvided(systemFiles, { folder, parts: ['top'] }, 'named')
    expect(entryList).not.toBeNull()
    if (entryList === null) return
    const entries = checkEntryList(await stream.read(0, entryList.bytes), entryList, bytes)
    expect(entryList.tops).toEqual([{ destination: 'named', kind: 'folder' }])
    expect(entries.map(({ name }) => name)).toEqual(['named', 'f0', 'f2', 'link', 'sub', 'f1', 'f3'])
    for (const { entry, offset, bytes: length } of fileExtents(entries, entryList.bytes)) {
      const number = Number(entries[entry]?.name.slice(1))
      expect(await stream.read(offset, length)).toEqual(new Uint8Array(length).fill(number + 1))
    }
    await stream.close()
  })

  test('reads the same wherever it is begun, and however much is read at once', async () => {
    const folder = folderWith([3, 0, 500, 1, 40])
    const { bytes, stream } = await openProvided(systemFiles, { folder, parts: ['top'] }, 'top')
    const whole = await stream.read(0, bytes)
    expect(whole.length).toBe(bytes)
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes), fc.nat(bytes + 10), async (at, length) => {
        expect(await stream.read(at, length)).toEqual(whole.slice(at, at + length))
      }),
      { numRuns: 60 },
    )
    await stream.close()
  })

  test('follows no link, neither at its end nor on the way', async () => {
    const folder = folderWith([3])
    symlinkSync('top', join(folder, 'way'))
    symlinkSync('top/f0', join(folder, 'end'))
    const open = (...parts: string[]) => openProvided(systemFiles, { folder, parts }, 'x')
    await expect(open('way', 'f0')).rejects.toMatchObject({ code: expect.stringMatching(/^(ELOOP|ENOTDIR)$/) })
    await expect(open('end')).rejects.toMatchObject({ code: 'E_PATH_UNREADABLE' })
    await expect(open('nothing')).rejects.toMatchObject({
      code: 'E_PATH_UNREADABLE',
      message: 'nothing does not exist there',
    })
  })

  test('refuses a folder with a name that no terminal would accept', async () => {
    const folder = folderWith([3])
    writeFileSync(join(folder, 'top', 'con'), '')
    await expect(openProvided(systemFiles, { folder, parts: ['top'] }, 'top')).rejects.toMatchObject({
      code: 'E_PATH_REFUSED',
    })
  })
})
