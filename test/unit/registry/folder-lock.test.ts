/** One process at a time in a folder. */

import { expect, test } from 'vitest'
import { lockFolder } from '../../../src/registry/folder-lock.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

test('a second lock of a folder is refused, and says what to do', async () => {
  const folder = temporaryFolder()
  const lock = await lockFolder(folder, 'relay')
  await expect(lockFolder(folder, 'relay')).rejects.toMatchObject({
    code: 'E_HOME_IN_USE',
    message: expect.stringContaining('--home'),
  })
  lock.release()
})

test('a folder that was released can be locked again', async () => {
  const folder = temporaryFolder()
  const first = await lockFolder(folder, 'serve')
  first.release()
  const second = await lockFolder(folder, 'serve')
  second.release()
})
