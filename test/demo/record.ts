/**
 * `npm run record`: pushes a file to thirteen terminals, each on a link of its own (a laboratory: Linux, root), in a real terminal (tmux),
 * and writes what its screen shows on the way as man/live-tree.svg, the picture in README.md. Prints the same as text.
 */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createLab, labAvailable } from '../lab/lab.ts'
import { startNetwork } from '../support/lab-network.ts'
import { makeFile } from '../support/test-content.ts'
import { TmuxPane, whyNoTmux } from '../support/tmux-pane.ts'
import { drawSvg } from './screen-svg.ts'

const EXECUTABLE = resolve(import.meta.dirname, '../../dist/treecast')
const PICTURE = resolve(import.meta.dirname, '../../man/live-tree.svg')
const TERMINALS = 13
const RATE = '100mbit'
const FILE_BYTES = 64 * 1024 * 1024
const TITLE = 'The live tree of a push to thirteen terminals'
const SCREEN = { columns: 96, rows: 24 }

const { available, why } = labAvailable()
const missing = available ? whyNoTmux() : why
if (missing !== undefined) throw new Error(`nothing can be recorded here: ${missing}`)

const ends: (() => void | Promise<void>)[] = []
const endWith = (end: () => void | Promise<void>) => void ends.push(end)
const folder = mkdtempSync(join(tmpdir(), 'treecast-record-'))
endWith(() => rmSync(folder, { recursive: true, force: true }))
try {
  const lab = await createLab({ hosts: TERMINALS + 1, rate: RATE })
  endWith(() => lab.down())
  const network = await startNetwork({ terminals: TERMINALS, lab, folder, endWith })
  endWith(() => network.stop())
  await makeFile(join(folder, 'photos.tar'), FILE_BYTES)
  const push = [...lab.command(0), EXECUTABLE, '--home', network.main.home, 'push', 'photos.tar'].join(' ')
  const screen = new TmuxPane({ command: `cd ${folder}; ${push}`, ...SCREEN, endWith })
  await screen.waitFor(/^ ├─◐ t\d\d .* [4-7]\d %/m)
  screen.press('Down', 'Down')
  await screen.waitFor(/^▸/m)
  const { painted, text } = screen
  await screen.waitFor(/^code 0$/m)
  mkdirSync(resolve(PICTURE, '..'), { recursive: true })
  writeFileSync(PICTURE, drawSvg(painted.trimEnd().split('\n'), { columns: SCREEN.columns, title: TITLE }))
  console.log(`${text.trimEnd()}\n\nwritten: ${PICTURE}\n\n${screen.text.trimEnd()}`)
} finally {
  for (const end of ends.reverse()) await end()
}
