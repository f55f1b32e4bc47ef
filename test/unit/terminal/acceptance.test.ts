import { describe, expect, test } from 'vitest'
import { openInbox } from '../../../src/content/inbox.ts'
import { createMemoryFiles } from '../../../src/system/memory-files.ts'
import { refuseContent } from '../../../src/terminal/acceptance.ts'

async function world(capacityBytes = 1e9) {
  const files = createMemoryFiles({ capacityBytes })
  const inbox = await openInbox(files, '/inbox', '/staging')
  return { files, inbox }
}
const offered = { destination: 'a/b', entryList: null, bytes: 1000, force: false }

describe('a content', () => {
  test('that fits is taken', async () => {
    expect(await refuseContent(await world(), offered)).toBeUndefined()
  })

  test('is refused for lack of space, with how much there is and is needed', async () => {
    const refusal = await refuseContent(await world(2 ** 30), { ...offered, bytes: 4 * 2 ** 30 })
    expect(refusal).toEqual({
      code: 'E_NO_SPACE',
      message: '1 GiB free in /inbox, 4 GiB needed: free space there',
    })
  })

  test('of unknown length is not', async () => {
    expect(await refuseContent(await world(0), { ...offered, bytes: null })).toBeUndefined()
  })

  test('is refused where something is in its way', async () => {
    const means = await world()
    await means.files.makeFolder('/inbox/a/b', 0o755)
    expect((await refuseContent(means, offered))?.code).toBe('E_DESTINATION_BLOCKED')
    expect(await refuseContent(means, { ...offered, force: true })).toBeUndefined()
  })

  test('is refused where its folder cannot be written to', async () => {
    const means = await world()
    await means.files.makeFolder('/inbox/a', 0o555)
    const refusal = await refuseContent(means, offered)
    expect(refusal?.code).toBe('E_INBOX')
    expect(refusal?.message).toContain('/inbox/a cannot be written to')
  })

  test.each(['/staging', '/inbox'])('is refused where %s is gone', async (folder) => {
    const means = await world()
    await means.files.removeTree(folder)
    expect(await refuseContent(means, offered)).toEqual({
      code: 'E_INBOX',
      message: `its folder ${folder} is gone: mount it again, or start the terminal again, which makes it`,
    })
  })

  test('is refused under a name that no inbox takes', async () => {
    expect((await refuseContent(await world(), { ...offered, destination: '../x' }))?.code).toBe('E_DESTINATION')
  })
})
