import { describe, expect, test } from 'vitest'
import { openInbox } from '../../../src/content/inbox.ts'
import { markOf, withdraw } from '../../../src/content/withdrawal.ts'
import type { FileOperation } from '../../../src/system/file-faults.ts'
import { createMemoryFiles } from '../../../src/system/memory-files.ts'

async function published() {
  const files = createMemoryFiles()
  const inbox = await openInbox(files, '/inbox', '/staging')
  for (const folder of ['/', '/inbox']) await files.syncFolder(folder)
  const file = await files.open('/inbox/a', 'create')
  await file.write(0, new Uint8Array(10))
  await file.setModified(1000)
  await file.close()
  await files.syncFolder('/inbox')
  const content = { transfer: 7, destination: 'a', mark: await markOf(files, inbox, 'a') }
  return { files, inbox, content, there: async () => (await files.stat('/inbox/a')) !== undefined }
}

describe('withdrawing', () => {
  test('takes out what is as it was published, and leaves nothing in staging', async () => {
    const { files, inbox, content, there } = await published()
    expect(await withdraw(files, inbox, content)).toBe('withdrawn')
    expect(await there()).toBe(false)
    expect(await files.list('/staging')).toEqual([])
  })

  test('survives a power cut once it has returned', async () => {
    const { files, inbox, content } = await published()
    await withdraw(files, inbox, content)
    expect(await files.crash().stat('/inbox/a')).toBeUndefined()
  })

  test('survives a power cut also when a first try was killed behind its rename', async () => {
    const { files, inbox, content } = await published()
    files.failNext('syncFolder', 'EIO')
    await expect(withdraw(files, inbox, content)).rejects.toThrow('EIO')
    const next = files.kill()
    expect(await withdraw(next, inbox, content)).toBe('gone')
    expect(await next.crash().stat('/inbox/a')).toBeUndefined()
  })

  test('takes out a folder that forbids its owner to write', async () => {
    const { files, inbox } = await published()
    await files.makeFolder('/inbox/site', 0o555)
    const content = { transfer: 7, destination: 'site', mark: await markOf(files, inbox, 'site') }
    expect(await withdraw(files, inbox, content)).toBe('withdrawn')
    expect(await files.stat('/inbox/site')).toBeUndefined()
  })

  test('says that it is gone when somebody removed it, or when it was taken out before', async () => {
    const { files, inbox, content } = await published()
    await withdraw(files, inbox, content)
    expect(await withdraw(files, inbox, content)).toBe('gone')
  })

  test.each(['written to', 'replaced', 'a folder now'])('leaves what was %s', async (how) => {
    const { files, inbox, content, there } = await published()
    if (how === 'written to') {
      const file = await files.open('/inbox/a', 'update')
      await file.write(0, Uint8Array.of(1))
      await file.setModified(2000)
      await file.close()
    } else {
      await files.remove('/inbox/a')
      if (how === 'replaced') await (await files.open('/inbox/a', 'create')).write(0, new Uint8Array(10))
      else await files.makeFolder('/inbox/a', 0o755)
    }
    expect(await withdraw(files, inbox, content)).toBe('changed')
    expect(await there()).toBe(true)
  })

  const failures: FileOperation[] = ['stat', 'rename', 'syncFolder', 'removeTree']
  test.each(failures)('can be repeated when %s fails', async (operation) => {
    const { files, inbox, content, there } = await published()
    files.failNext(operation, 'EIO')
    await expect(withdraw(files, inbox, content)).rejects.toMatchObject({ code: 'EIO' })
    await withdraw(files, inbox, content)
    expect(await there()).toBe(false)
    expect(await files.list('/staging')).toEqual([])
  })
})
