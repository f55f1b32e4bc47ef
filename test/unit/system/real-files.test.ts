import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { systemFiles } from '../../../src/system/real-files.ts'
import { filesSuite } from './files-suite.ts'

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'treecast-files-'))
  folders.push(folder)
  return folder
}

filesSuite('the machine’s files', async () => ({
  files: systemFiles,
  folder: temporaryFolder(),
  plantLink: async (target, path) => symlinkSync(target, path),
}))

test('opening a named pipe does not wait for its other end', async () => {
  const path = join(temporaryFolder(), 'pipe')
  execFileSync('mkfifo', [path])
  const file = await systemFiles.open(path, 'read')
  expect(await file.stat()).toMatchObject({ kind: 'other' })
  await file.close()
})

test.skipIf(!existsSync('/proc/self'))('a folder that the system makes for nobody is not tried for ever', async () => {
  await expect(systemFiles.makeFolder('/proc/folder', 0o700)).rejects.toMatchObject({ code: 'ENOENT' })
})

// The superuser may write anywhere, so it shows nothing.
test.skipIf(process.getuid?.() === 0)('removeTree takes away folders that forbid their owner to write', async () => {
  const folder = temporaryFolder()
  mkdirSync(join(folder, 'locked/inner'), { recursive: true })
  writeFileSync(join(folder, 'locked/inner/file'), 'x')
  chmodSync(join(folder, 'locked/inner'), 0o500)
  chmodSync(join(folder, 'locked'), 0o500)
  await systemFiles.removeTree(join(folder, 'locked'))
  expect(await systemFiles.list(folder)).toEqual([])
})
