import { expect, test, vi } from 'vitest'
import { takeDaemonSettings } from '../../../src/system/runtime-settings.ts'

const WORDS = ['/usr/bin/treecast', 'relay']

test('a process without the settings of a daemon starts itself again with them', () => {
  const execve = vi.fn<(file: string, args: readonly string[], env: NodeJS.ProcessEnv) => never>()
  takeDaemonSettings({ env: { HOME: '/root' }, execPath: '/usr/bin/treecast', execve }, WORDS)
  expect(execve.mock.calls).toEqual([['/usr/bin/treecast', WORDS, { HOME: '/root', BUN_JSC_useDFGJIT: '0' }]])
})

test('one that has them goes on, and hands them on to nobody', () => {
  const execve = vi.fn<() => never>()
  const env: NodeJS.ProcessEnv = { HOME: '/root', BUN_JSC_useDFGJIT: '0' }
  takeDaemonSettings({ env, execPath: '/usr/bin/treecast', execve }, WORDS)
  expect(execve).not.toHaveBeenCalled()
  expect(env).toEqual({ HOME: '/root' })
})

test('where a process cannot be replaced it goes on without', () => {
  const env: NodeJS.ProcessEnv = {}
  takeDaemonSettings({ env, execPath: 'treecast.exe' }, WORDS)
  expect(env).toEqual({})
})
