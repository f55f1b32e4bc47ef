/** The platforms that a release is built for, and where each one's Bun comes from: its package on npm, as package-lock.json pins it. */

import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { BuildTarget } from '../executable.ts'

export interface ReleaseTarget {
  /** In the file's name: `linux-x64-musl`. */
  readonly name: string
  /** As Bun's package and target call it. */
  readonly bun: string
  readonly libc: BuildTarget['libc']
  /** Ending of a program's name there. */
  readonly ending: string
}

export const TARGETS: readonly ReleaseTarget[] = [
  { name: 'linux-x64', bun: 'linux-x64', libc: 'glibc', ending: '' },
  { name: 'linux-arm64', bun: 'linux-aarch64', libc: 'glibc', ending: '' },
  { name: 'linux-x64-musl', bun: 'linux-x64-musl', libc: 'musl', ending: '' },
  { name: 'linux-arm64-musl', bun: 'linux-aarch64-musl', libc: 'musl', ending: '' },
  { name: 'macos-x64', bun: 'darwin-x64', libc: undefined, ending: '' },
  { name: 'macos-arm64', bun: 'darwin-aarch64', libc: undefined, ending: '' },
  { name: 'windows-x64', bun: 'windows-x64', libc: undefined, ending: '.exe' },
  { name: 'windows-arm64', bun: 'windows-aarch64', libc: undefined, ending: '.exe' },
]

const ROOT = resolve(import.meta.dirname, '../../..')

/** What package-lock.json says of a package. */
interface LockedPackage {
  readonly version: string
  readonly integrity: string
}

/**
 * Fetches the target's Bun into `folder`.
 * @throws when npm does not have it, or it is not the one that package-lock.json pins
 */
export function fetchRuntime({ bun, libc, ending }: ReleaseTarget, folder: string): BuildTarget {
  const { version, integrity } = lockedPackage(`@oven/bun-${bun}`)
  mkdirSync(folder, { recursive: true })
  const packed = run('npm', ['pack', '--silent', '--pack-destination', folder, `@oven/bun-${bun}@${version}`])
  const archive = join(folder, packed.trim().split('\n').at(-1) ?? '')
  const digest = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`
  if (digest !== integrity)
    throw new Error(`@oven/bun-${bun}@${version} is not what package-lock.json pins: ${digest}, expected ${integrity}`)
  run('tar', ['-xzf', archive, '-C', folder])
  return { name: `bun-${bun}`, runtime: join(folder, 'package', 'bin', `bun${ending}`), libc }
}

function lockedPackage(name: string): LockedPackage {
  const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
    packages: Readonly<Record<string, LockedPackage>>
  }
  const locked = lock.packages[`node_modules/${name}`]
  if (locked === undefined) throw new Error(`package-lock.json does not name ${name}`)
  return locked
}

/** Runs a program in the project's folder. @returns what it printed. @throws with what it said, when it fails */
export function run(program: string, words: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(program, words, {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 ** 2,
  })
  if (error !== undefined) throw new Error(`${program} cannot be run: ${error.message}`)
  if (status !== 0) throw new Error(`${program} ${words.join(' ')} ended with ${status}: ${stderr.trim().slice(-1000)}`)
  return stdout
}
