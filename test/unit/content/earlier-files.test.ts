import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { listEarlierFiles } from '../../../src/content/earlier-files.ts'
import { systemFiles } from '../../../src/system/real-files.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

async function listed(make: (folder: string) => void, isLate = () => false) {
  const folder = temporaryFolder()
  make(folder)
  const files = await listEarlierFiles({ files: systemFiles, paths: [join(folder, 'top')], isLate })
  onTestFinished(() => files.close())
  const text = async (at: number, length: number) => Buffer.from(await files.read(at, length)).toString()
  return { files, folder, text }
}

function makeFolder(folder: string): void {
  mkdirSync(join(folder, 'top/b'), { recursive: true })
  writeFileSync(join(folder, 'secret'), 'secret')
  writeFileSync(join(folder, 'top/c'), 'ghi')
  writeFileSync(join(folder, 'top/a'), 'abc')
  writeFileSync(join(folder, 'top/b/x'), 'def')
  writeFileSync(join(folder, 'top/b/empty'), '')
  symlinkSync('../secret', join(folder, 'top/aa'))
}

test('files are one stream, in the order in which a push sends them, without what links lead to', async () => {
  const { files, text } = await listed(makeFolder)
  expect(files.bytes).toBe(9)
  expect(await text(0, 9)).toBe('abcdefghi')
  for (let at = 0; at < 9; at++) expect(await text(at, 4)).toBe('abcdefghi'.slice(at, at + 4))
  expect(await text(9, 4)).toBe('')
})

test('a file that was swapped for a link is not read', async () => {
  const { files, folder, text } = await listed(makeFolder)
  await systemFiles.remove(join(folder, 'top/b/x'))
  symlinkSync('../../secret', join(folder, 'top/b/x'))
  expect(files.bytes).toBe(9)
  expect(await text(0, 9)).toBe('abc\0\0\0ghi')
})

test('one file is its own bytes, and nothing is nothing', async () => {
  expect(await (await listed((folder) => writeFileSync(join(folder, 'top'), 'one'))).text(1, 10)).toBe('ne')
  expect((await listed(() => undefined)).files.bytes).toBe(0)
})

test('what takes too long to list is left out', async () => {
  expect((await listed(makeFolder, () => true)).files.bytes).toBe(0)
})
