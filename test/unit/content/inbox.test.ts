import { mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  createStaged,
  finishStaged,
  type Inbox,
  openInbox,
  type Publication,
  publish,
  refusePublication,
  stagedPath,
} from '../../../src/content/inbox.ts'
import type { Files } from '../../../src/system/files.ts'
import { createMemoryFiles } from '../../../src/system/memory-files.ts'
import { systemFiles } from '../../../src/system/real-files.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

function publication(destination: string, wish: Partial<Publication> = {}): Publication {
  return { destination, mode: 0o640, modifiedMs: 1_700_000_000_000, force: false, ...wish }
}

async function stage(files: Files, inbox: Inbox, wish: Publication, text = 'new'): Promise<void> {
  const file = await createStaged(files, inbox, 1)
  await file.write(0, Buffer.from(text))
  await finishStaged(file, wish)
  await file.close()
}

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
    await stage(systemFiles, inbox, publication('a'))
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

describe('publishing', () => {
  test('puts the file there with its mode and time, and makes the folders above it', async () => {
    const inbox = await realInbox()
    await stage(systemFiles, inbox, publication('a/b/c.txt'))
    await publish(systemFiles, inbox, 1, publication('a/b/c.txt'))

    const target = join(inbox.folder, 'a/b/c.txt')
    expect(readFileSync(target, 'utf8')).toBe('new')
    expect(statSync(target).mode & 0o777).toBe(0o640)
    expect(statSync(target).mtimeMs).toBe(1_700_000_000_000)
    expect(await systemFiles.list(inbox.staging)).toEqual([])
  })

  test('replaces a file in one step: whoever has the old one open reads it to its end', async () => {
    const inbox = await realInbox()
    writeFileSync(join(inbox.folder, 'a'), 'old')
    const reader = await systemFiles.open(join(inbox.folder, 'a'), 'read')
    await stage(systemFiles, inbox, publication('a'))
    await publish(systemFiles, inbox, 1, publication('a'))
    expect(Buffer.from(await reader.read(0, 100)).toString()).toBe('old')
    expect(readFileSync(join(inbox.folder, 'a'), 'utf8')).toBe('new')
    await reader.close()
  })

  test('is refused by a folder at the destination, which stays as it is', async () => {
    const inbox = await realInbox()
    mkdirSync(join(inbox.folder, 'a'))
    writeFileSync(join(inbox.folder, 'a/kept'), 'kept')
    await stage(systemFiles, inbox, publication('a'))
    await expect(publish(systemFiles, inbox, 1, publication('a'))).rejects.toMatchObject({
      code: 'E_DESTINATION_BLOCKED',
    })
    expect(readFileSync(join(inbox.folder, 'a/kept'), 'utf8')).toBe('kept')
    expect(readFileSync(stagedPath(inbox, 1), 'utf8')).toBe('new')
  })

  test('replaces a folder when forced, and leaves nothing of it behind', async () => {
    const inbox = await realInbox()
    mkdirSync(join(inbox.folder, 'a/b'), { recursive: true })
    writeFileSync(join(inbox.folder, 'a/b/old'), 'old')
    // What a crash between the two renames of an earlier attempt left.
    mkdirSync(join(inbox.staging, '1.replaced/older'), { recursive: true })
    await stage(systemFiles, inbox, publication('a'))
    await publish(systemFiles, inbox, 1, publication('a', { force: true }))
    expect(readFileSync(join(inbox.folder, 'a'), 'utf8')).toBe('new')
    expect(await systemFiles.list(inbox.staging)).toEqual([])
  })

  test('a folder that was to be replaced is put back when the content cannot be moved there', async () => {
    const inbox = await realInbox()
    mkdirSync(join(inbox.folder, 'a'))
    await stage(systemFiles, inbox, publication('a'))
    const failing: Files = {
      ...systemFiles,
      async rename(from, to) {
        if (from.endsWith('.part')) throw Object.assign(new Error('EIO'), { code: 'EIO' })
        await systemFiles.rename(from, to)
      },
    }
    await expect(publish(failing, inbox, 1, publication('a', { force: true }))).rejects.toMatchObject({ code: 'EIO' })
    expect(statSync(join(inbox.folder, 'a')).isDirectory()).toBe(true)
    expect(readFileSync(stagedPath(inbox, 1), 'utf8')).toBe('new')
  })

  test('is refused by a link at the destination; when forced, the link goes and not what it points to', async () => {
    const inbox = await realInbox()
    const victim = join(temporaryFolder(), 'victim')
    writeFileSync(victim, 'precious')
    symlinkSync(victim, join(inbox.folder, 'a'))
    await stage(systemFiles, inbox, publication('a'))
    await expect(publish(systemFiles, inbox, 1, publication('a'))).rejects.toMatchObject({
      code: 'E_DESTINATION_BLOCKED',
    })
    await publish(systemFiles, inbox, 1, publication('a', { force: true }))
    expect(readFileSync(victim, 'utf8')).toBe('precious')
    expect(readFileSync(join(inbox.folder, 'a'), 'utf8')).toBe('new')
  })

  test('is refused by a link among the folders above, forced or not', async () => {
    const inbox = await realInbox()
    const outside = temporaryFolder()
    symlinkSync(outside, join(inbox.folder, 'a'))
    for (const force of [false, true]) {
      for (const destination of ['a/b', 'a/b/c']) {
        const wish = publication(destination, { force })
        expect(await refusePublication(systemFiles, inbox, wish)).toMatchObject({ code: 'E_DESTINATION_BLOCKED' })
        await stage(systemFiles, inbox, wish)
        await expect(publish(systemFiles, inbox, 1, wish)).rejects.toMatchObject({ code: 'E_DESTINATION_BLOCKED' })
      }
    }
    expect(await systemFiles.list(outside)).toEqual([])
  })

  test('is refused by a file among the folders above', async () => {
    const inbox = await realInbox()
    writeFileSync(join(inbox.folder, 'a'), 'a file')
    expect(await refusePublication(systemFiles, inbox, publication('a/b'))).toMatchObject({
      code: 'E_DESTINATION_BLOCKED',
    })
  })

  test('survives a power cut as soon as it is done, with the folders it made', async () => {
    const files = createMemoryFiles()
    const inbox = await openInbox(files, '/inbox', '/staging')
    for (const folder of ['/', '/inbox', '/staging']) await files.syncFolder(folder)
    await stage(files, inbox, publication('a/b/c/d'))
    await publish(files, inbox, 1, publication('a/b/c/d'))
    const after = files.crash()
    const file = await after.open('/inbox/a/b/c/d', 'read')
    expect(Buffer.from(await file.read(0, 100)).toString()).toBe('new')
  })
})
