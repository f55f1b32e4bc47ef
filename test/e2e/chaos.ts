/**
 * `npm run chaos -- [--kills N] [--seed S]`: a main server and 15 terminals on this machine, one push after another, and kill -9 of any of the
 * 16 processes at random moments, each started again after a random while. Then all of them stay up, and everything that is owed must
 * arrive. Ends with 0 only when no file is wrong, no receipt false, no delivery stuck and nothing left in staging.
 *
 * The seed makes the same choices again; when the operating system lets them happen is another matter.
 */

import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Random, seededRandom } from '../../src/system/random.ts'
import { Endings } from '../bench/endings.ts'
import { Flock, pause } from '../support/chaos/flock.ts'
import { draw, pick } from '../support/chaos/pick.ts'
import { Pushes } from '../support/chaos/pushes.ts'
import { filesIn, judge, recordedTransfers, unfinished } from '../support/chaos/verdict.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { sha256File } from '../support/test-content.ts'

const TERMINALS = 15
const PUSHES_AT_ONCE = 3
/** Between two kills, and from a kill to the next start. */
const LONGEST_PAUSE_MS = 1_200
const LONGEST_DOWN_MS = 3_000
const HEALING_MS = 180_000

const { values } = parseArgs({ options: { kills: { type: 'string' }, seed: { type: 'string' } } })
const kills = Number(values.kills ?? 300)
const seed = Number(values.seed ?? Date.now() % 1_000_000)
const random = seededRandom(seed)
const endings = new Endings()
try {
  process.exitCode = await chaos()
} finally {
  await endings.endAll()
}

async function chaos(): Promise<number> {
  const { endWith } = endings
  const flock = await Flock.start({ terminals: TERMINALS, endWith })
  const pushes = new Pushes({ flock, random, folder: temporaryFolder({ endWith }) })
  say(`${TERMINALS + 1} processes, ${kills} kills, seed ${seed}`)
  let over = false
  const pushing = Array.from({ length: PUSHES_AT_ONCE }, async () => {
    while (!over) await pushes.push()
  })
  const partial: string[] = []
  while (flock.kills < kills) {
    await pause(draw(random) * LONGEST_PAUSE_MS)
    const before = flock.kills
    await flock.kill(draw(random), draw(random) * LONGEST_DOWN_MS)
    partial.push(...(await lookIntoInbox(flock, pushes, random)))
    if (flock.kills % 25 === 0 && flock.kills > before) say(`${flock.kills} kills, ${pushes.all.length} pushes`)
  }
  over = true
  await flock.allUp()
  await Promise.all(pushing)
  say(`everything is up: ${pushes.all.length} pushes ended, ${countCodes(pushes)}`)
  // What failed for good is repeated with the next transfer.
  const last = await pushes.push(1000)
  const healed = await healing(flock)
  const verdict = { ...(await judge(flock, pushes)), stuckPushes: pushes.stuck, endedProcesses: await flock.ended() }
  verdict.wrongFiles.push(...partial)
  say(`the last push ended with ${last.code}; ${healed}`)
  for (const [what, found] of Object.entries(verdict)) say(`${what}: ${[found.length, ...found].join('\n  ')}`)
  return last.code === 0 && Object.values(verdict).every((found) => found.length === 0) ? 0 : 1
}

/** Whatever is visible is whole, at any moment. */
async function lookIntoInbox(flock: Flock, pushes: Pushes, chance: Random): Promise<string[]> {
  const name = pick(chance, flock.terminals)
  const files = filesIn(flock.inbox(name))
  if (files.length === 0) return []
  const file = pick(chance, files)
  const digest = await sha256File(join(flock.inbox(name), file))
  return pushes.knows(file, digest) ? [] : [`${name}: ${file}, seen after ${flock.kills} kills`]
}

/** Waits until nothing is owed any more, or too long. */
async function healing(flock: Flock): Promise<string> {
  const startedMs = performance.now()
  for (;;) {
    const transfers = await recordedTransfers(flock)
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(1)
    if (unfinished(transfers).length === 0) return `${transfers.length} transfers were over ${seconds} s later`
    if (performance.now() - startedMs > HEALING_MS) return `not everything was over ${seconds} s later`
    await pause(1_000)
  }
}

function countCodes({ all }: Pushes): string {
  const counts = new Map<number | null, number>()
  for (const { code } of all) counts.set(code, (counts.get(code) ?? 0) + 1)
  return [...counts].map(([code, count]) => `${count} with ${code}`).join(', ')
}

function say(text: string): void {
  console.log(text)
}
