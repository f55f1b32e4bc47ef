/**
 * kill -9 before every step of a delivery that a restart could notice: strace kills a relay, or the main server, right before one
 * call of fsync, fdatasync, pwrite64, rename, open (to create), unlink … on one of its files; then it is started again.
 *
 *   relay         the delivery ends all the same: the whole content in the inbox, nothing in staging, a receipt at the main server
 *   main server   the delivery ends, or has failed everywhere with nothing delivered anywhere
 *
 * A spread of the points and the last commits are tried, to keep the check short. TREECAST_CRASH_POINTS=all tries every one of them and
 * prints a table (about ten minutes).
 */

import { existsSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { type CrashPoint, crashPoints, pathOf, spread } from '../support/crash/crash-point.ts'
import { killBefore, recordCalls, whyNoStrace } from '../support/crash/strace.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { makeFile, sha256File } from '../support/test-content.ts'
import { lastDocument, startNetwork, type TreecastNetwork } from '../support/treecast-network.ts'

const ALL = process.env.TREECAST_CRASH_POINTS === 'all'
/** Points tried of each process when not all are. */
const SPREAD = 8
/** Commits that are tried beside them. */
const LAST_COMMITS = 3
const CONTENT_BYTES = 100_000
const NAMES = ['web1', 'web2']
const SETTLED = { timeout: 45_000, interval: 100 }

type Victim = 'relay' | 'main server'

const why = whyNoStrace()
if (why !== undefined) console.warn(`the tests of crash points are skipped: ${why}`)

describe.skipIf(why !== undefined)('killed before any step that a restart could notice,', () => {
  const ends: (() => void | Promise<void>)[] = []
  const endWith = (end: () => void | Promise<void>) => ends.push(end)
  let network: TreecastNetwork
  /** What every inbox holds before the next push. */
  let digest: string
  let seed = 0

  afterAll(endAll)

  test.each<Victim>(['relay', 'main server'])(
    'a %s that is started again loses nothing',
    async (victim) => {
      await startAnew()
      const all = await pointsOf(victim)
      const results: { point: CrashPoint; outcome: string }[] = []
      for (const point of ALL ? all : chosenOf(all)) {
        const outcome = await tryPoint(victim, point).catch(async (error: Error) => {
          await endAll()
          await startAnew()
          return `LOST: ${error.message.split('\n').slice(0, 12).join(' | ')}`
        })
        results.push({ point, outcome })
      }
      await endAll()
      if (ALL) printTable(victim, results)
      expect(results.filter(({ outcome }) => outcome.startsWith('LOST'))).toEqual([])
      expect(results.some(({ outcome }) => outcome === 'recovered')).toBe(true)
    },
    ALL ? 3_600_000 : 120_000,
  )

  async function startAnew(): Promise<void> {
    network = await startNetwork({ terminals: NAMES, serveArgs: ['--fanout', '1'], endWith })
    const first = await nextPush()
    expect((await first.push.exit).code).toBe(0)
    await expectDelivered(first.transfer, first.digest)
    digest = first.digest
  }

  async function endAll(): Promise<void> {
    for (const end of ends.splice(0).reverse()) await end()
  }

  /** Pushes new content to the same place on every terminal. @param number that its transfer will have */
  async function nextPush(number?: number) {
    seed++
    const path = join(temporaryFolder({ endWith }), 'content')
    const transfer = number ?? (await nextTransfer())
    const next = { digest: await makeFile(path, CONTENT_BYTES, { seed }), transfer }
    return { ...next, push: await network.start(['push', path, '--packet-size', '16KiB', '--json'], { endWith }) }
  }

  async function pointsOf(victim: Victim): Promise<CrashPoint[]> {
    const calls = await recordCalls({ pid: processOf(victim).pid, endWith })
    const { push, transfer, digest: pushed } = await nextPush()
    expect((await push.exit).code).toBe(0)
    await expectDelivered(transfer, pushed)
    digest = pushed
    await pause()
    await calls.detach()
    return crashPoints(calls.record(), { home: homeOf(victim), transfer })
  }

  /** @returns how it ended; rejects when something was lost */
  async function tryPoint(victim: Victim, point: CrashPoint): Promise<'recovered' | 'failed cleanly' | 'not reached'> {
    const before = digest
    const place = { home: homeOf(victim), transfer: await nextTransfer() }
    const target = { pid: processOf(victim).pid, endWith }
    const tracer = await killBefore({ ...point, path: pathOf(point, place) }, target)
    // The number is known: a question now could be what the victim dies of.
    const { push, transfer, digest: pushed } = await nextPush(place.transfer)
    const passed = push.exit.then(() => expectDelivered(transfer, pushed)).then(pause)
    passed.catch(() => undefined)
    const killed = await Promise.race([tracer.ended.then(() => true), passed.then(() => false)])
    if (!killed) await tracer.detach()
    await expectOneOf([before, pushed])
    if (killed && victim === 'relay') await network.startRelay('web1')
    if (killed && victim === 'main server') await network.startServe()

    const { code } = await push.exit
    if (victim === 'main server') await expect.poll(() => network.online(), SETTLED).toBe(NAMES.length)
    const state = await finalState(transfer)
    if (state === 'complete') {
      digest = pushed
      expect([0, 3, 5], push.stderr.text).toContain(code)
      await expectDelivered(transfer, pushed)
      return killed ? 'recovered' : 'not reached'
    }
    expect({ victim, state, code }, push.stderr.text).toEqual({ victim: 'main server', state, code: 5 })
    expect(['failed', 'unknown'], push.stderr.text).toContain(state)
    await expectEverywhere(before)
    expect(existsSync(join(network.home, 'serve', 'library', String(transfer)))).toBe(false)
    expect(lastDocument(push.stdout.text)).toMatchObject({ delivered: 0 })
    return 'failed cleanly'
  }

  async function expectDelivered(transfer: number, pushed: string): Promise<void> {
    const everywhere = { state: 'complete', terminals: NAMES.map(() => 'active') }
    await expect.poll(() => statusOf(transfer), SETTLED).toEqual(everywhere)
    await expectEverywhere(pushed)
  }

  /** Nothing but that content in the inboxes, and nothing unfinished. */
  async function expectEverywhere(expected: string): Promise<void> {
    for (const name of NAMES) {
      await expect.poll(() => network.staged(name), SETTLED).toEqual([])
      expect(network.delivered(name), name).toEqual(['content'])
      expect(await sha256File(network.inbox(name, 'content')), name).toBe(expected)
    }
  }

  /** What is visible is whole, at any moment. */
  async function expectOneOf(expected: readonly string[]): Promise<void> {
    for (const name of NAMES) {
      expect(network.delivered(name), name).toEqual(['content'])
      expect(expected, name).toContain(await sha256File(network.inbox(name, 'content')))
    }
  }

  function processOf(victim: Victim) {
    return victim === 'relay' ? network.relay('web1') : network.serve
  }

  function homeOf(victim: Victim): string {
    return realpathSync(victim === 'relay' ? network.homeOf('web1') : network.home)
  }

  async function nextTransfer(): Promise<number> {
    const { transfers } = JSON.parse((await network.run(['status', '--json'], { endWith })).stdout)
    return Math.max(0, ...transfers.map(({ transfer }: { transfer: number }) => transfer)) + 1
  }

  async function statusOf(transfer: number): Promise<{ state: string; terminals: string[] }> {
    const { code, stdout, stderr } = await network.run(['status', String(transfer), '--json'], { endWith })
    if (stderr.includes('there is no transfer')) return { state: 'unknown', terminals: [] }
    if (code !== 0) return { state: stderr, terminals: [] }
    const { state, terminals } = JSON.parse(stdout)
    return { state, terminals: terminals.map((terminal: { state: string }) => terminal.state) }
  }

  async function finalState(transfer: number): Promise<string> {
    let state = ''
    const isFinal = async () => {
      state = (await statusOf(transfer)).state
      return ['complete', 'failed', 'cancelled', 'unknown'].includes(state)
    }
    await expect.poll(isFinal, { ...SETTLED, message: `the state of transfer ${transfer}` }).toBe(true)
    return state
  }
})

/** A spread of the points, and the last commits: after most of the others nothing was begun that a restart could go on with. */
function chosenOf(all: readonly CrashPoint[]): Set<CrashPoint> {
  const commits = all.filter(({ call, path }) => call === 'fsync' && path.endsWith('.db-wal'))
  return new Set([...spread(all, SPREAD), ...commits.slice(-LAST_COMMITS)])
}

/** The last steps come after everything that can be seen from outside. */
function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 500))
}

function printTable(victim: Victim, results: readonly { point: CrashPoint; outcome: string }[]): void {
  const rows = new Map<string, Record<string, number>>()
  for (const { point, outcome } of results) {
    const row = rows.get(`${point.call} ${point.path}`) ?? { points: 0 }
    const column = outcome.split(':')[0] as string
    rows.set(`${point.call} ${point.path}`, { ...row, points: (row.points ?? 0) + 1, [column]: (row[column] ?? 0) + 1 })
  }
  console.log(`${victim}: ${results.length} points`)
  console.table(Object.fromEntries(rows))
}
