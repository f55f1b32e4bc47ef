/** Commands of a terminal's owner: run when content went live or was taken out, and told of when they fail. */

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { makeFile, sha256File } from '../support/test-content.ts'
import { startNetwork } from '../support/treecast-network.ts'

test('hooks run after the switch, know what it was, and the push tells of one that failed', async () => {
  const network = await startNetwork()
  const folder = temporaryFolder()
  const [seen, gone] = [join(folder, 'seen'), join(folder, 'gone')]
  const args = ['--on-activate', `sha256sum "$TREECAST_PATH" > ${seen}`, '--on-deactivate', `touch ${gone}`]
  await network.enrol('good', undefined, { args })
  await network.enrol('bad', undefined, { args: ['--on-activate', 'echo "cannot reload" >&2; exit 7'] })
  const path = join(folder, 'site')
  const digest = await makeFile(path, 50_000)

  const { code, result } = await network.push(path, '--deactivate', '+3s')
  expect(code).toBe(0)
  expect(result.state).toBe('complete')
  const errors = Object.fromEntries(result.targets.map(({ name, state, error }) => [name, [state, error?.message]]))
  expect(errors).toEqual({
    good: ['active', undefined],
    bad: ['active', 'its --on-activate command ended with exit code 7: cannot reload'],
  })
  expect(readFileSync(seen, 'utf8')).toBe(`${digest}  ${network.inbox('good', 'site')}\n`)
  expect(await sha256File(path)).toBe(digest)
  await expect.poll(() => existsSync(gone), { timeout: 15_000 }).toBe(true)
  expect(existsSync(network.inbox('good', 'site'))).toBe(false)
})
