import { describe, expect, test } from 'vitest'
import { createMemoryFiles } from '../../src/system/memory-files.ts'
import { VirtualClock } from '../../src/system/virtual-clock.ts'
import { ContentLaw } from './content-law.ts'
import { Contents, contentOf, FILE_FACTS } from './contents.ts'
import { LostCopies } from './lost-copies.ts'
import { INBOX, STAGING } from './read-disk.ts'
import { drawScenario } from './scenario.ts'
import { TimeLaw } from './time-law.ts'
import { TreeLaw } from './tree-law.ts'

async function judge(published: (content: Uint8Array) => Uint8Array): Promise<string[]> {
  const [drawn] = drawScenario(1).pushes
  if (drawn === undefined) throw new Error('a scenario without a push')
  const { folder: _, ...plain } = drawn
  const push = { ...plain, bytes: 5000, destination: 'a' }
  const contents = new Contents()
  const content = contentOf(1, push)
  contents.record(7, content)
  const broken: string[] = []
  const files = createMemoryFiles()
  await files.makeFolder(INBOX, 0o755)
  const file = await files.open(`${INBOX}/a`, 'create')
  await file.write(0, published(content.bytes))
  await file.setMode(FILE_FACTS.mode)
  await file.setModified(FILE_FACTS.modifiedMs)
  const law = new ContentLaw({
    ...{ contents, lostCopies: new LostCopies(), fail: (what) => broken.push(what), wasReached: () => false },
  })
  await law.renamed('t1', files, `${STAGING}/7.part`, `${INBOX}/a`)
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

describe('the law of the tree', () => {
  const lawFor = (heard: (terminal: string) => boolean) => {
    const broken: string[] = []
    const clock = new VirtualClock()
    const law = new TreeLaw({ clock, isSound: () => true, isHeard: heard, fail: (what) => broken.push(what) })
    law.planned({ transfer: 1, fanOut: 2 })
    return { broken, clock, law }
  }
  const place = { transfer: 1, stripe: 0 }
  const link = (peer: string) => ({ peer, open: true })

  test('is broken by two terminals that wait for each other', () => {
    const { broken, law } = lawFor(() => true)
    law.asked('t1', link('t2'), place)
    expect(broken).toEqual([])
    law.asked('t2', link('t1'), place)
    expect(broken).toEqual(['stripe 0 of transfer 1 is served in a cycle: t2 ← t1 ← t2'])
  })

  test('is kept where one of the two knows that it was lost', () => {
    const { broken, law } = lawFor(() => true)
    law.asked('t1', link('t2'), place)
    law.lost('t1', place)
    law.asked('t2', link('t1'), place)
    expect(broken).toEqual([])
  })

  test('is broken only by a lasting cycle where one of the two cannot say that it was lost', async () => {
    const { broken, clock, law } = lawFor((terminal) => terminal === 't1')
    const [first, second] = [link('t2'), link('t1')]
    law.asked('t1', first, place)
    law.asked('t2', second, place)
    expect(broken).toEqual([])
    await clock.advance(60_000)
    expect(broken).toHaveLength(1)
  })

  test('is broken by one node that serves everybody', () => {
    const { broken, law } = lawFor(() => true)
    for (let k = 1; k <= 100; k++) law.asked(`t${k}`, link('main'), place)
    expect(broken[0]).toMatch(/^main serves \d+ terminals of transfer 1, with a fan-out of 2$/)
  })
})

describe('the law of times', () => {
  const HOUR_MS = 3_600_000
  /** A content that is due in an hour; the main server's clock goes by the monotonic one and what it was set by. */
  const lawFor = () => {
    const broken: string[] = []
    const clock = new VirtualClock()
    const main = { setMs: 0 }
    const law = new TimeLaw({ clock, mainNow: () => clock.now() + main.setMs, fail: (what) => broken.push(what) })
    law.planned({ transfer: 1, activateAt: new Date(clock.now() + HOUR_MS).toISOString() })
    const setBack = () => {
      law.mainJumps()
      main.setMs -= 10 * HOUR_MS
    }
    return { broken, clock, law, setBack }
  }

  test('is broken by content that is shown before its time, and kept at its time', async () => {
    const { broken, clock, law } = lawFor()
    law.shown('t1', 1)
    expect(broken).toEqual([expect.stringContaining('t1 showed transfer 1 too early')])
    await clock.advance(HOUR_MS)
    law.shown('t2', 1)
    expect(broken).toHaveLength(1)
  })

  test('lets a terminal go by the clock that it read before that was set back, and no other', async () => {
    const { broken, clock, law, setBack } = lawFor()
    law.clockRead('t1')
    setBack()
    await clock.advance(HOUR_MS)
    law.shown('t1', 1)
    expect(broken).toEqual([])
    law.clockRead('t2')
    law.shown('t2', 1)
    expect(broken).toHaveLength(1)
  })
})
