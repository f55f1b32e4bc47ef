import { describe, expect, test } from 'vitest'
import { createMemoryFiles } from '../../src/system/memory-files.ts'
import { ContentLaw } from './content-law.ts'
import { Contents, contentOf } from './contents.ts'
import { INBOX, STAGING } from './read-disk.ts'
import { drawScenario } from './scenario.ts'
import { TreeLaw } from './tree-law.ts'

async function judge(published: (content: Uint8Array) => Uint8Array): Promise<string[]> {
  const [drawn] = drawScenario(1).pushes
  if (drawn === undefined) throw new Error('a scenario without a push')
  const push = { ...drawn, bytes: 5000, destination: 'a' }
  const contents = new Contents()
  const content = contentOf(1, push)
  contents.record(7, content)
  const broken: string[] = []
  const files = createMemoryFiles()
  await files.makeFolder(INBOX, 0o755)
  const file = await files.open(`${INBOX}/a`, 'create')
  await file.write(0, published(content.bytes))
  await new ContentLaw(contents, (what) => broken.push(what)).renamed('t1', files, `${STAGING}/7.part`, `${INBOX}/a`)
  return broken
}

describe('the law of content', () => {
  test('is kept by exactly the bytes that were pushed', async () => {
    expect(await judge((bytes) => bytes)).toEqual([])
  })

  test('is broken by one other byte, or one less', async () => {
    expect(await judge((bytes) => bytes.with(4999, (bytes[4999] ?? 0) ^ 1))).toHaveLength(1)
    expect(await judge((bytes) => bytes.subarray(1))).toHaveLength(1)
  })
})

test('the law of the tree is broken by two terminals that wait for each other', () => {
  const broken: string[] = []
  const law = new TreeLaw(
    () => true,
    (what) => broken.push(what),
  )
  const terminals = [1, 2].map((handle) => ({ handle, name: `t${handle}` }))
  law.planned({ transfer: 1, fanOut: 2, stripes: 2, terminals } as Parameters<TreeLaw['planned']>[0])
  law.routed('t1', { transfer: 1, stripe: 1, upstream: 2 })
  law.routed('t2', { transfer: 1, stripe: 0, upstream: 1 })
  expect(broken).toEqual([])
  law.routed('t2', { transfer: 1, stripe: 1, upstream: 1 })
  expect(broken).toEqual(['stripe 1 of transfer 1 is served in a cycle: t2 ← t1 ← t2'])
})
