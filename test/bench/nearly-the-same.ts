/** Folders, and what becomes of them between two pushes. */

import { execFile } from 'node:child_process'
import {
  closeSync,
  cpSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { contentPieces, makeFile } from '../support/test-content.ts'

export const FILE_BYTES = 256 * 1024 * 1024
const FILES = 10_000
const CHANGED_FILES = 20
const EDITS = 64
/** Two releases of a package that nobody changes any more. */
const PACKAGE = 'lodash'
const RELEASES = ['4.17.20', '4.17.21'] as const

export interface Story {
  readonly name: string
  /** Fills the empty folder. @returns why it cannot, or undefined */
  begin(folder: string): Promise<string | undefined>
  /** What happens to it, by name, in this order. */
  readonly turns: Readonly<Record<string, (folder: string) => Promise<void> | void>>
}

export const STORIES: readonly Story[] = [
  {
    name: 'a large file',
    begin: async (folder) => {
      await makeFile(join(folder, 'file'), FILE_BYTES)
      return undefined
    },
    turns: {
      '256 MiB, the same': () => undefined,
      '256 MiB, 1 % edited in place': (folder) => editInPlace(join(folder, 'file')),
      '256 MiB, 1 KiB put before it': (folder) => putBefore(join(folder, 'file'), 1024),
      '256 MiB, renamed': (folder) => renameSync(join(folder, 'file'), join(folder, 'new-name')),
    },
  },
  {
    name: 'a folder of small files',
    begin: async (folder) => {
      for (let file = 0; file < FILES; file++) {
        if (file % 100 === 0) mkdirSync(join(folder, String(file / 100)))
        writeFileSync(smallFile(folder, file), piece(500 + ((file * 7919) % 12_000), file))
      }
      return undefined
    },
    turns: {
      '10,000 files, the same': () => undefined,
      '10,000 files, 20 changed': (folder) => {
        for (let k = 0; k < CHANGED_FILES; k++) {
          const path = smallFile(folder, k * (FILES / CHANGED_FILES) + 7)
          writeFileSync(path, Buffer.concat([piece(100, k), readFileSync(path)]))
        }
      },
    },
  },
  {
    name: `${PACKAGE} ${RELEASES.join(' and ')}`,
    begin: (folder) =>
      unpack(folder, RELEASES[0]).then(
        () => undefined,
        () => 'npm cannot fetch it here',
      ),
    turns: {
      [`${PACKAGE} ${RELEASES[0]} to ${RELEASES[1]}`]: async (folder) => {
        rmSync(folder, { recursive: true })
        mkdirSync(folder)
        await unpack(folder, RELEASES[1])
      },
    },
  },
]

function editInPlace(path: string): void {
  const file = openSync(path, 'r+')
  const bytes = Math.floor(FILE_BYTES / 100 / EDITS)
  for (let k = 0; k < EDITS; k++)
    writeSync(file, piece(bytes, k + 1), 0, bytes, Math.floor(((k + 0.3) * FILE_BYTES) / EDITS))
  closeSync(file)
}

function putBefore(path: string, bytes: number): void {
  const old = readFileSync(path)
  writeFileSync(path, Buffer.concat([piece(bytes, 1), old]))
}

function smallFile(folder: string, file: number): string {
  return join(folder, String(Math.floor(file / 100)), `file-${file}.txt`)
}

function piece(bytes: number, seed: number): Uint8Array {
  return Buffer.concat([...contentPieces(bytes, { seed: seed + 1000 })])
}

async function unpack(folder: string, release: string): Promise<void> {
  const away = `${folder}-package`
  mkdirSync(away)
  const run = promisify(execFile)
  const options = { cwd: away, timeout: 60_000 }
  await run('npm', ['pack', `${PACKAGE}@${release}`, '--silent'], options)
  await run('tar', ['-xzf', `${PACKAGE}-${release}.tgz`], options)
  cpSync(join(away, 'package'), folder, { recursive: true, preserveTimestamps: true })
  rmSync(away, { recursive: true })
}
