/** The manual is well-formed: `mandoc -Tlint` has nothing to say of any page but which others this machine has not installed. */

import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'

const MANUAL_FOLDER = resolve(import.meta.dirname, '../../man')
const pages = readdirSync(MANUAL_FOLDER).filter((name) => /\.[157]$/.test(name))

const lint = (input: string, ...names: string[]) =>
  spawnSync('mandoc', ['-Tlint', ...names], { cwd: MANUAL_FOLDER, input, encoding: 'utf8' })

const missing = spawnSync('mandoc', ['-Tlint'], { input: '' }).error !== undefined
if (missing) console.warn('the manual is not checked: mandoc is missing; install the package mandoc')

test.skipIf(missing)('the check sees a fault', () => {
  expect(lint('.Dd January 1, 2026\n.Dt X 1\n.Os\n.Sh NAME\n.Nm x\n.Nd y\n.Bl -tag\n').status).not.toBe(0)
})

test.skipIf(missing).each(pages)('%s is well-formed', (name) => {
  const { stdout, stderr } = lint('', name)
  const said = `${stdout}${stderr}`.split('\n').filter((line) => line !== '')
  expect(said.filter((line) => !/referenced manual not found|outdated mandoc\.db/.test(line))).toEqual([])
})
