import { once } from 'node:events'
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import {
  createStaged,
  finishStaged,
  type Inbox,
  openInbox,
  removeStaged,
  stagedPath,
  stagedTreePath,
} from '../../../src/content/inbox.ts'
import {
  type Publication,
  publishTop,
  putBack,
  refusePublication,
  stagedTops,
} from '../../../src/content/publishing.ts'
import type { Top } from '../../../src/content/tops.ts'
import type { Files } from '../../../src/system/files.ts'
import { createMemoryFiles } from '../../../src/system/memory-files.ts'
import { systemFiles } from '../../../src/system/real-files.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

function publication(destination: string, wish: Partial<Publication> = {}): Publication {
  return { transfer: 1, destination, entryList: null, force: false, ...wish }
}

function ofFolders(tops: readonly Top[], wish: Partial<Publication> = {}): Publication {
  return publication(tops[0]?.destination ?? '', { entryList: { tops }, ...wish })
}

async function stage(files: Files, inbox: Inbox, text = 'new'): Promise<void> {
  const file = await createStaged(files, inbox, 1)
  await file.write(0, Buffer.from(text))
  await finishStaged(file, { mode: 0o640, modifiedMs: 1_700_000_000_000 })
  await file.close()
}

/** Two folders with a file each, as their tree is made. */
function stageFolders(inbox: Inbox): void {
  for (const k of [0, 1]) {
    mkdirSync(join(stagedTreePath(inbox, 1), String(k)), { recursive: true })
    writeFileSync(join(stagedTreePath(inbox, 1), String(k), 'new'), `new ${k}`)
  }
}

/** What a delivery does, without what it records. */
async function publish(files: Files, inbox: Inbox, wish: Publication): Promise<void> {
  for (const top of stagedTops(inbox, wish)) await publishTop(files, inbox, top)
}

async function realInbox() {
  const folder = temporaryFolder()
  return openInbox(systemFiles, join(folder, 'inbox'), join(folder, 'staging'))
}

describe('publishing a file', () => {
  test('puts the file there with its mode and time, and makes the folders above it', async () => {
    const inbox = await realInbox()
    await stage(systemFiles, inbox)
    await publish(systemFiles, inbox, publication('a/b/c.txt'))

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
    await stage(systemFiles, inbox)
    await publish(systemFiles, inbox, publication('a'))
    expect(Buffer.from(await reader.read(0, 100)).toString()).toBe('old')
    expect(readFileSync(join(inbox.folder, 'a'), 'utf8')).toBe('new')
    await reader.close()
  })

  test.runIf(process.platform === 'linux')('is refused by what is neither file nor folder', async () => {
    const inbox = await realInbox()
    const server = createServer().listen(join(inbox.folder, 'a'))
    onTestFinished(() => void server.close())
    await once(server, 'listening')
    expect((await refusePublication(systemFiles, inbox, publication('a')))?.message).toMatch(
      /^a is a device, pipe or socket there and the content a file: /,
    )
    expect((await refusePublication(systemFiles, inbox, publication('a/b')))?.message).toMatch(
      /a is a device, pipe or socket, not a folder: /,
    )
  })

  test('is refused by a folder at the destination, which stays as it is', async () => {
    const inbox = await realInbox()
    mkdirSync(join(inbox.folder, 'a'))
    writeFileSync(join(inbox.folder, 'a/kept'), 'kept')
    await stage(systemFiles, inbox)
    await expect(publish(systemFiles, inbox, publication('a'))).rejects.toMatchObject({
      code: 'E_DESTINATION_BLOCKED',
    })
    expect(readFileSync(join(inbox.folder, 'a/kept'), 'utf8')).toBe('kept')
    expect(readFileSync(stagedPath(inbox, 1), 'utf8')).toBe('new')
  })

  test('replaces a folder when forced, and keeps that until it is told that the new one is recorded', async () => {
    const inbox = await realInbox()
    mkdirSync(join(inbox.folder, 'a/b'), { recursive: true })
    writeFileSync(join(inbox.folder, 'a/b/old'), 'old')
    // What a crash between the two renames of an earlier attempt left.
    mkdirSync(join(inbox.staging, '1.replaced/0/older'), { recursive: true })
    await stage(systemFiles, inbox)
    await publish(systemFiles, inbox, publication('a', { force: true }))
    expect(readFileSync(join(inbox.folder, 'a'), 'utf8')).toBe('new')
    expect(readFileSync(join(inbox.staging, '1.replaced/0/b/old'), 'utf8')).toBe('old')
    await removeStaged(systemFiles, inbox, 1)
    expect(await systemFiles.list(inbox.staging)).toEqual([])
  })

  test('a folder that was to be replaced is put back when the content cannot be moved there', async () => {
    const inbox = await realInbox()
    mkdirSync(join(inbox.folder, 'a'))
    await stage(systemFiles, inbox)
    const failing: Files = {
      ...systemFiles,
      async rename(from, to) {
        if (from.endsWith('.part')) throw Object.assign(new Error('EIO'), { code: 'EIO' })
        await systemFiles.rename(from, to)
      },
    }
    await expect(publish(failing, inbox, publication('a', { force: true }))).rejects.toMatchObject({ code: 'EIO' })
    expect(statSync(join(inbox.folder, 'a')).isDirectory()).toBe(true)
    expect(readFileSync(stagedPath(inbox, 1), 'utf8')).toBe('new')
  })

  test('is refused by a link at the destination; when forced, the link goes and not what it points to', async () => {
    const inbox = await realInbox()
    const victim = join(temporaryFolder(), 'victim')
    writeFileSync(victim, 'precious')
    symlinkSync(victim, join(inbox.folder, 'a'))
    await stage(systemFiles, inbox)
    await expect(publish(systemFiles, inbox, publication('a'))).rejects.toMatchObject({
      code: 'E_DESTINATION_BLOCKED',
    })
    await publish(systemFiles, inbox, publication('a', { force: true }))
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
        await stage(systemFiles, inbox)
        await expect(publish(systemFiles, inbox, wish)).rejects.toMatchObject({ code: 'E_DESTINATION_BLOCKED' })
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
    await stage(files, inbox)
    await publish(files, inbox, publication('a/b/c/d'))
    const after = files.crash()
    const file = await after.open('/inbox/a/b/c/d', 'read')
    expect(Buffer.from(await file.read(0, 100)).toString()).toBe('new')
  })
})

const SITE: Top = { destination: 'www/site', kind: 'folder' }
const DATA: Top = { destination: 'www/data', kind: 'folder' }

describe('publishing folders', () => {
  test('puts each where it belongs', async () => {
    const inbox = await realInbox()
    stageFolders(inbox)
    await publish(systemFiles, inbox, ofFolders([SITE, DATA]))
    expect(readFileSync(join(inbox.folder, 'www/site/new'), 'utf8')).toBe('new 0')
    expect(readFileSync(join(inbox.folder, 'www/data/new'), 'utf8')).toBe('new 1')
  })

  test('replaces a folder as a whole: nothing of the old one is left in it', async () => {
    const inbox = await realInbox()
    mkdirSync(join(inbox.folder, 'www/site'), { recursive: true })
    writeFileSync(join(inbox.folder, 'www/site/old'), 'old')
    stageFolders(inbox)
    await publish(systemFiles, inbox, ofFolders([SITE]))
    expect(readdirSync(join(inbox.folder, 'www/site'))).toEqual(['new'])
  })

  test.each(['a file', 'a link to a folder'])(
    'is refused by %s in its place, and replaces it when forced',
    async (what) => {
      const inbox = await realInbox()
      const outside = temporaryFolder()
      mkdirSync(join(inbox.folder, 'www'))
      const place = join(inbox.folder, 'www/site')
      if (what === 'a file') writeFileSync(place, 'precious')
      else symlinkSync(outside, place)
      stageFolders(inbox)
      const refused = { code: 'E_DESTINATION_BLOCKED' }
      expect(await refusePublication(systemFiles, inbox, ofFolders([DATA, SITE]))).toMatchObject(refused)
      await expect(publish(systemFiles, inbox, ofFolders([SITE]))).rejects.toMatchObject(refused)
      await publish(systemFiles, inbox, ofFolders([SITE], { force: true }))
      expect(readdirSync(place)).toEqual(['new'])
      expect(readdirSync(outside)).toEqual([])
    },
  )

  test('what was moved aside stands at its place again when the new one cannot be moved there', async () => {
    const inbox = await realInbox()
    mkdirSync(join(inbox.folder, 'www/site'), { recursive: true })
    writeFileSync(join(inbox.folder, 'www/site/old'), 'old')
    stageFolders(inbox)
    const failing: Files = {
      ...systemFiles,
      async rename(from, to) {
        if (from.includes('.tree')) throw Object.assign(new Error('EIO'), { code: 'EIO' })
        await systemFiles.rename(from, to)
      },
    }
    await expect(publish(failing, inbox, ofFolders([SITE]))).rejects.toMatchObject({ code: 'EIO' })
    expect(readdirSync(join(inbox.folder, 'www/site'))).toEqual(['old'])
  })

  test('a crash between the two renames is taken back, and one behind them is not', async () => {
    const inbox = await realInbox()
    const wish = ofFolders([SITE, DATA])
    for (const name of ['site', 'data']) mkdirSync(join(inbox.folder, 'www', name), { recursive: true })
    stageFolders(inbox)
    const [site, data] = stagedTops(inbox, wish)
    for (const top of [site, data]) {
      mkdirSync(dirname(top?.replaced ?? ''), { recursive: true })
      renameSync(join(inbox.folder, top?.destination ?? ''), top?.replaced ?? '')
    }
    renameSync(data?.staged ?? '', join(inbox.folder, 'www/data'))
    await putBack(systemFiles, inbox, wish)
    expect(readdirSync(join(inbox.folder, 'www/site'))).toEqual([])
    expect(readdirSync(join(inbox.folder, 'www/data'))).toEqual(['new'])
    await publish(systemFiles, inbox, ofFolders([SITE]))
    expect(readdirSync(join(inbox.folder, 'www/site'))).toEqual(['new'])
  })

  test('one that forbids its owner to write is moved all the same, and forbids it again', async () => {
    const inbox = await realInbox()
    for (const round of [1, 2]) {
      stageFolders(inbox)
      chmodSync(join(stagedTreePath(inbox, 1), '0'), 0o555)
      await publish(systemFiles, inbox, ofFolders([SITE]))
      expect(statSync(join(inbox.folder, 'www/site')).mode & 0o777, `round ${round}`).toBe(0o555)
      await removeStaged(systemFiles, inbox, 1)
    }
  })

  test('somebody who swaps a folder for a link right before the rename changes nothing outside the inbox', async () => {
    const inbox = await realInbox()
    const outside = temporaryFolder()
    mkdirSync(join(inbox.folder, 'www'))
    stageFolders(inbox)
    const swapped: Files = {
      ...systemFiles,
      async rename(from, to) {
        renameSync(join(inbox.folder, 'www'), join(inbox.folder, 'moved'))
        symlinkSync(outside, join(inbox.folder, 'www'))
        await systemFiles.rename(from, to)
      },
    }
    await publish(swapped, inbox, ofFolders([SITE]))
    expect(readdirSync(outside)).toEqual([])
    expect(readdirSync(join(inbox.folder, 'moved/site'))).toEqual(['new'])
  })
})
