import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { COMMANDS } from '../../../src/cli/command-table.ts'
import { runMan } from '../../../src/cli/man-command.ts'
import { manualPages } from '../../../src/cli/manual-pages.ts'
import { manualModule } from '../../support/manual-module.ts'
import { sampleShell } from './sample-shell.ts'

const pages = [
  { name: 'treecast', section: '1', source: '.Dt TREECAST', text: 'overview\n' },
  { name: 'treecast-push', section: '1', source: '.Dt PUSH', text: 'how to push\n' },
]

const globals = {
  home: undefined,
  config: undefined,
  'log-level': 'info',
  'log-format': 'text',
  'no-color': false,
} as const

function invoking(shell: ReturnType<typeof sampleShell>['shell'], source = false) {
  const settings = { ...globals, source }
  const folders = { home: '/h', serve: '/h/serve', relay: '/h/relay', operator: '/h/operator' }
  return { shell, settings, given: settings, reread: async () => settings, folders, color: false }
}

describe('man', () => {
  test.each([
    [undefined, 'overview\n'],
    ['push', 'how to push\n'],
    ['treecast-push', 'how to push\n'],
    ['treecast-push.1', 'how to push\n'],
  ])('%s is plain text where there is no screen', async (page, text) => {
    const { shell, stdout, ran } = sampleShell()
    await runMan(invoking(shell), page, pages)
    expect(stdout()).toBe(text)
    expect(ran).toEqual([])
  })

  test('--source prints the page as it is written', async () => {
    const { shell, stdout } = sampleShell({ isTTY: true })
    await runMan(invoking(shell, true), 'push', pages)
    expect(stdout()).toBe('.Dt PUSH')
  })

  test('asks one program after the other to show it on a screen', async () => {
    const { shell, stdout, ran } = sampleShell({
      isTTY: true,
      exitCodes: { man: 1, sh: 0 },
      environment: { PAGER: 'most' },
    })
    await runMan(invoking(shell), 'push', pages)
    expect(ran.map(([program, first]) => [program, first?.replace(/.*\//, '')])).toEqual([
      ['man', 'treecast-push.1'],
      ['mandoc', '-a'],
      ['sh', '-c'],
    ])
    expect(ran[2]?.[2]).toBe('most "$1"')
    expect(stdout()).toBe('')
  })

  test('prints plain text when there is no such program at all', async () => {
    const { shell, stdout } = sampleShell({ isTTY: true })
    await runMan(invoking(shell), 'push', pages)
    expect(stdout()).toBe('how to push\n')
  })

  test('names the pages when there is none of that name', async () => {
    const { shell } = sampleShell()
    await expect(runMan(invoking(shell), 'psuh', pages)).rejects.toThrow(
      "there is no manual page 'psuh'. There are: treecast, push",
    )
  })
})

test('the executable carries every page, and completion knows them', () => {
  const complaints: string[] = []
  const module = manualModule((why) => complaints.push(why))
  const carried = JSON.parse(module.slice(module.indexOf('['))) as ReturnType<typeof manualPages>
  expect(carried.map(({ name }) => name)).toEqual(manualPages().map(({ name }) => name))
  const rank = carried.find(({ name }) => name === 'treecast-rank')
  expect(rank?.source).toBe(readFileSync(resolve(import.meta.dirname, '../../../man/treecast-rank.1'), 'utf8'))
  if (complaints.length === 0) expect(rank?.text).toMatch(/\nNAME\n +treecast-rank – list the terminals/)
  const completed = COMMANDS.find(({ name }) => name === 'man')?.argument
  expect(['treecast', ...(completed as string[]).map((page) => `treecast-${page}`)].toSorted()).toEqual(
    carried.map(({ name }) => name).toSorted(),
  )
})
