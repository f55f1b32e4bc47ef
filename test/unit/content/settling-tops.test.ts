import { expect, test } from 'vitest'
import { encodeEntryList } from '../../../src/content/entry-list-codec.ts'
import { openInbox } from '../../../src/content/inbox.ts'
import { settleTops } from '../../../src/content/settling-tops.ts'
import { createMemoryFiles } from '../../../src/system/memory-files.ts'
import { seededRandom } from '../../../src/system/random.ts'

const FACTS = { mode: 0o555, modifiedMs: 1_600_000_000_000 }
const list = encodeEntryList([{ kind: 'folder', name: 'site', in: -1, ...FACTS }])

/** A folder that was renamed into the inbox by a process that was killed right then. */
async function killedBehindRename(seed: number) {
  const before = createMemoryFiles({ random: seededRandom(seed) })
  const inbox = await openInbox(before, '/inbox', '/staging')
  for (const folder of ['/', '/inbox']) await before.syncFolder(folder)
  await before.writeFile('/staging/7.part', list, { mode: 0o600, modifiedMs: 0 })
  await before.makeFolder('/staging/7.tree/0', 0o755)
  for (const folder of ['/staging/7.tree', '/staging']) await before.syncFolder(folder)
  await before.rename('/staging/7.tree/0', '/inbox/site')
  return { files: before.kill(), inbox }
}

const tops = { transfer: 7, listBytes: list.length, tops: new Map([[0, 'site']]) }

test('what was renamed and not synced survives a power cut once it is settled', async () => {
  for (let seed = 0; seed < 8; seed++) {
    const { files, inbox } = await killedBehindRename(seed)
    await settleTops(files, inbox, tops)
    expect((await files.crash().stat('/inbox/site'))?.kind, `seed ${seed}`).toBe('folder')
  }
})

test('a folder that was open for its rename has the mode and time of its entry again', async () => {
  const { files, inbox } = await killedBehindRename(1)
  await settleTops(files, inbox, tops)
  expect(await files.stat('/inbox/site')).toMatchObject(FACTS)
})

test('what somebody has removed meanwhile is no matter', async () => {
  const { files, inbox } = await killedBehindRename(1)
  await files.removeTree('/inbox/site')
  await settleTops(files, inbox, tops)
  expect(await files.list('/inbox')).toEqual([])
})
