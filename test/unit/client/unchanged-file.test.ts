import { appendFileSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { UnchangedFile } from '../../../src/client/unchanged-file.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

async function listed(text: string) {
  const path = join(temporaryFolder(), 'listed')
  writeFileSync(path, text)
  const { size, mtimeMs } = await stat(path)
  const handle = await open(path, 'r')
  const file = new UnchangedFile(handle, { path, bytes: size, modifiedMs: mtimeMs })
  onTestFinished(() => file.close())
  const read = async (at: number, length: number) => Buffer.from(await file.read(at, length)).toString()
  return { path, read }
}

test('a file is read at any offset, and no further than its end', async () => {
  const { read } = await listed('0123456789')
  expect([await read(7, 100), await read(0, 3), await read(10, 5), await read(99, 1)]).toEqual(['789', '012', '', ''])
})

test.each([
  ['longer', (path: string) => appendFileSync(path, 'x'), /has 11 bytes and had 10/],
  ['shorter', (path: string) => truncateSync(path, 3), /ends at byte 3/],
  ['written to', (path: string) => utimesSync(path, 1, 1), /was written to/],
])('a file that has become %s fails the push, whatever part of it is read', async (_, change, why) => {
  const { path, read } = await listed('0123456789')
  await read(0, 10)
  change(path)
  await expect(read(0, 4)).rejects.toMatchObject({ code: 'E_PATH_CHANGED', message: expect.stringMatching(why) })
})
