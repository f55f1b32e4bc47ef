/**
 * `npm run demo`: a main server and 13 terminals on this machine, one real file down the tree, every copy checked, everything stopped and
 * removed again. Ends with 0 only when all of that held.
 */

import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { startNetwork } from '../support/lab-network.ts'
import { makeFile, sha256File } from '../support/test-content.ts'

const EXECUTABLE = resolve(import.meta.dirname, '../../dist/treecast')
const TERMINALS = 13
const FAN_OUT = 3
const FILE_BYTES = 128 * 1024 * 1024
const FILE_NAME = 'film.bin'

const ends: (() => void | Promise<void>)[] = []
const folder = mkdtempSync(join(tmpdir(), 'treecast-demo-'))
let interrupted = false
process.once('SIGINT', () => {
  interrupted = true
})

try {
  process.exitCode = await demo()
} catch (error) {
  console.error(`the demo failed: ${error instanceof Error ? error.message : error}`)
  process.exitCode = 1
} finally {
  for (const end of ends.reverse()) await end()
  rmSync(folder, { recursive: true, force: true })
  say(`Everything is stopped and ${folder} is removed.`)
}

async function demo(): Promise<number> {
  const { bavail, bsize } = statfsSync(folder)
  const neededBytes = FILE_BYTES * (TERMINALS + 3)
  if (bavail * bsize < neededBytes) throw new Error(`${folder} needs ${mebibytes(neededBytes)} of free space`)

  say(`Starting a main server and ${TERMINALS} terminals on this machine …`)
  const network = await startNetwork({
    terminals: TERMINALS,
    serveArgs: ['--fanout', String(FAN_OUT)],
    folder,
    endWith: (end) => ends.push(end),
  })
  say(`Making a file of ${mebibytes(FILE_BYTES)} …`)
  const path = join(folder, FILE_NAME)
  const digest = await makeFile(path, FILE_BYTES)

  say(`\n$ treecast push ${FILE_NAME}\n`)
  const startedAt = performance.now()
  const pushed = await treecast(['push', path], network.main.home)
  const seconds = (performance.now() - startedAt) / 1000
  if (pushed !== 0 || interrupted) throw new Error(`the push ended with exit code ${pushed}`)

  say('\n$ treecast status 1\n')
  if ((await treecast(['status', '1'], network.main.home)) !== 0) throw new Error('status failed')

  const copies = await Promise.all(network.terminals.map(({ inbox }) => sha256File(join(inbox, FILE_NAME))))
  const identical = copies.filter((copy) => copy === digest).length
  const rate = (FILE_BYTES * TERMINALS) / seconds / 1024 / 1024
  say(`\n${identical} of ${TERMINALS} copies are identical to the file (SHA-256 ${digest.slice(0, 16)}…).`)
  say(
    `${seconds.toFixed(1)} s from the command to the last receipt: ${rate.toFixed(0)} MiB/s delivered over all terminals.`,
  )
  await network.stop()
  return identical === TERMINALS ? 0 : 1
}

/** Runs the executable on this very screen. @returns its exit code */
function treecast(args: readonly string[], home: string): Promise<number | null> {
  const child = spawn(EXECUTABLE, ['--home', home, ...args], { stdio: ['ignore', 'inherit', 'inherit'] })
  return new Promise((ended, failed) => child.once('error', failed).once('close', ended))
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 1024 / 1024)} MiB`
}

function say(line: string): void {
  console.log(line)
}
