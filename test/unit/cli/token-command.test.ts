import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { runProgram } from '../../../src/cli/program.ts'
import type { Files } from '../../../src/system/files.ts'
import { systemFiles } from '../../../src/system/real-files.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { sampleShell } from './sample-shell.ts'

describe('a token from a home where no main server has run', () => {
  test('is printed, and on stderr stands which home that is and where its main server would be', async () => {
    const home = join(temporaryFolder(), 'home')
    for (const time of ['first', 'second']) {
      const { shell, stdout, stderr } = sampleShell()
      expect(await runProgram(['serve', 'token', '--home', home], shell), time).toBe(0)
      expect(stdout(), time).toMatch(/^tcj1_\S+\n$/)
      expect(stderr(), time).toContain(`no main server has run in ${home} yet`)
      expect(stderr(), time).toMatch(/:7717\. If yours has another --home/)
    }
  })
})

test('a full disk is told with its folder and what to do, and leaves nothing half written', async () => {
  const home = temporaryFolder()
  const { shell, stdout } = sampleShell()
  const running = runProgram(['serve', 'token', '--home', home], { ...shell, files: fullDisk() })
  await expect(running).rejects.toMatchObject({
    code: 'E_HOME_FULL',
    message: `the disk of ${home}/serve is full: free space there, or choose another home folder with --home`,
  })
  expect(stdout()).toBe('')
  expect(await systemFiles.list(join(home, 'serve'))).toEqual([])
})

/** Real files, none of which takes a byte. */
function fullDisk(): Files {
  return {
    ...systemFiles,
    async open(path, use) {
      const file = await systemFiles.open(path, use)
      const write = async () => {
        throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
      }
      return new Proxy(file, { get: (target, name) => (name === 'write' ? write : bound(target, name)) })
    },
  }
}

function bound(target: object, name: string | symbol): unknown {
  const member: unknown = Reflect.get(target, name, target)
  return typeof member === 'function' ? member.bind(target) : member
}
