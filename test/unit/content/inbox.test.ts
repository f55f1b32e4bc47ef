import { readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createStaged, openInbox, stagedPath } from '../../../src/content/inbox.ts'
import type { Files } from '../../../src/system/files.ts'
import { systemFiles } from '../../../src/system/real-files.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

async function realInbox() {
  const folder = temporaryFolder()
  return openInbox(systemFiles, join(folder, 'inbox'), join(folder, 'staging'))
}

describe('staging', () => {
  test('is the preferred folder when that is on the same file system, closed to others', async () => {
    const inbox = await realInbox()
    expect(inbox.staging.endsWith('/staging')).toBe(true)
    expect(statSync(inbox.staging).mode & 0o777).toBe(0o700)
  })

  test('is .treecast in the inbox when the preferred folder is elsewhere', async () => {
    const folder = temporaryFolder()
    const elsewhere: Files = {
      ...systemFiles,
      async stat(path) {
        const found = await systemFiles.stat(path)
        return found && path.endsWith('/home') ? { ...found, device: found.device + 1 } : found
      },
    }
    const inbox = await openInbox(elsewhere, join(folder, 'inbox'), join(folder, 'home'))
    expect(inbox.staging).toBe(join(folder, 'inbox', '.treecast'))
    expect(statSync(inbox.staging).mode & 0o777).toBe(0o700)
  })

  test('a leftover of an earlier attempt is not taken over', async () => {
    const inbox = await realInbox()
    writeFileSync(stagedPath(inbox, 1), 'a longer leftover')
    const file = await createStaged(systemFiles, inbox, 1)
    expect((await file.stat()).bytes).toBe(0)
    await file.close()
  })

  test('a link in the place of the staged file is removed, not followed', async () => {
    const inbox = await realInbox()
    const victim = join(inbox.folder, 'victim')
    writeFileSync(victim, 'precious')
    symlinkSync(victim, stagedPath(inbox, 1))
    await (await createStaged(systemFiles, inbox, 1)).close()
    expect(readFileSync(victim, 'utf8')).toBe('precious')
  })

  test.each(['a file', 'a link to a folder'])('%s in the place of the inbox is told as that', async (what) => {
    const folder = temporaryFolder()
    if (what === 'a file') writeFileSync(join(folder, 'inbox'), '')
    else symlinkSync(folder, join(folder, 'inbox'))
    const opening = openInbox(systemFiles, join(folder, 'inbox'), join(folder, 'staging'))
    await expect(opening).rejects.toMatchObject({ code: 'E_INBOX' })
  })

  test('an inbox that cannot be made is told as that', async () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'file'), '')
    const opening = openInbox(systemFiles, join(folder, 'file', 'inbox'), join(folder, 'staging'))
    await expect(opening).rejects.toMatchObject({ code: 'E_INBOX', message: expect.stringContaining('ENOTDIR') })
  })
})
