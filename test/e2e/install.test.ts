/** What `npm run install:system` puts in place, and takes away again. */

import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../support/temporary-folder.ts'

const SCRIPT = resolve(import.meta.dirname, '../support/release/install-system.ts')

const install = (...args: string[]) => spawnSync(process.execPath, [SCRIPT, ...args], { encoding: 'utf8' })

/** Every file below a folder. */
const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1))
    .toSorted()

test('the executable, pages, completions and units are put below a prefix, and removed from there', () => {
  const staging = temporaryFolder()
  const placed = join(staging, 'opt', 'treecast')
  expect(install('--prefix', '/opt/treecast', '--destdir', staging)).toMatchObject({ status: 0, stderr: '' })
  const pages = readdirSync(resolve(import.meta.dirname, '../../man')).filter((name) => /\.\d$/.test(name))
  expect(filesIn(placed)).toEqual(
    [
      'bin/treecast',
      'lib/systemd/system/treecast-relay.service',
      'lib/systemd/system/treecast-serve.service',
      'share/bash-completion/completions/treecast',
      'share/fish/vendor_completions.d/treecast.fish',
      'share/zsh/site-functions/_treecast',
      ...pages.map((page) => `share/man/man${page.at(-1)}/${page}`),
    ].toSorted(),
  )
  const unit = readFileSync(join(placed, 'lib/systemd/system/treecast-serve.service'), 'utf8')
  expect(unit).toContain('\nExecStart=/opt/treecast/bin/treecast serve --home /var/lib/treecast\n')
  const placedTreecast = spawnSync(join(placed, 'bin/treecast'), ['man', 'rank'], { encoding: 'utf8' })
  expect(placedTreecast.stdout).toContain('treecast rank')

  expect(install('--prefix', '/opt/treecast', '--destdir', staging, '--uninstall').status).toBe(0)
  expect(filesIn(placed)).toEqual([])
  expect(existsSync(placed)).toBe(true)
})
