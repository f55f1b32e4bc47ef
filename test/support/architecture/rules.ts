/**
 * The layers of the source, and what only one folder may touch.
 *
 *   cli, tui → client → server → terminal → registry, content, metrics → seal, link, identity → tree, wire → system
 *
 * A folder imports from itself and from folders further right, never from a neighbour of its own level. src/main.ts ties all of it
 * together and may import any folder; nothing imports src/main.ts. The one exception: cli loads tui, and only by `import()` or
 * `import type`, so that a command that draws nothing does not load React.
 */

import { posix } from 'node:path'
import { type ModuleReference, scanSource } from './scan.ts'

export interface SourceFile {
  /** Below src, with `/`: `link/tls-network.ts`. */
  readonly path: string
  readonly text: string
}

export interface Violation {
  readonly path: string
  readonly line: number
  readonly what: string
}

/** Lowest first. */
const LEVELS: readonly (readonly string[])[] = [
  ['system'],
  ['tree', 'wire'],
  ['seal', 'link', 'identity'],
  ['registry', 'content', 'metrics'],
  ['terminal'],
  ['server'],
  ['client'],
  ['cli', 'tui'],
]
const MAIN = 'main.ts'
const SQLITE_DRIVER_FILE = 'registry/sqlite-driver.ts'

interface Restriction {
  readonly names: RegExp
  readonly allowedIn: (path: string) => boolean
  readonly belongsIn: string
}

const PACKAGES: readonly Restriction[] = [
  { names: /^(node:)?(net|tls)$/, allowedIn: inFolder('link'), belongsIn: 'src/link' },
  { names: /^((node:)?https?|prom-client)$/, allowedIn: inFolder('metrics'), belongsIn: 'src/metrics' },
  {
    names: /^(better-sqlite3(\/.*)?|node:sqlite)$/,
    // A declaration file describes the driver to the compiler and opens nothing.
    allowedIn: (path) => path === SQLITE_DRIVER_FILE || /^registry\/[^/]+\.d\.ts$/.test(path),
    belongsIn: `src/${SQLITE_DRIVER_FILE}`,
  },
  { names: /^(react|react-reconciler|ink|@inkjs\/.*)(\/.*)?$/, allowedIn: inFolder('tui'), belongsIn: 'src/tui' },
  {
    names: /^yargs(\/.*)?$/,
    allowedIn: (path) => path === MAIN || inFolder('cli')(path),
    belongsIn: 'src/cli and src/main.ts',
  },
  { names: /^(node:)?child_process$/, allowedIn: inFolder('system'), belongsIn: 'src/system' },
  {
    names: /^(node:)?(timers|timers\/promises|perf_hooks)$/,
    allowedIn: inFolder('system'),
    belongsIn: 'src/system',
  },
  { names: /^bun(:.*)?$/, allowedIn: () => false, belongsIn: 'no file: the source uses node: APIs only' },
]

/** `new Date(…)` with an argument only turns a given number into text, so it is no clock. */
const GLOBALS: readonly Restriction[] = [
  {
    names:
      /^(setTimeout|setInterval|setImmediate|AbortSignal\.timeout|Date|Date\(\)|new Date\(\)|Date\.now|performance\.\w+|process\.(hrtime|uptime)|Math\.random)$/,
    allowedIn: inFolder('system'),
    belongsIn: 'src/system',
  },
  { names: /^Date\.parse$/, allowedIn: (path) => /^(system|cli)\//.test(path), belongsIn: 'src/system and src/cli' },
  { names: /^Bun(\..*)?$/, allowedIn: () => false, belongsIn: 'no file: the source uses node: APIs only' },
  {
    names: /^(require|createRequire)$/,
    allowedIn: (path) => path === SQLITE_DRIVER_FILE,
    belongsIn: `src/${SQLITE_DRIVER_FILE}: elsewhere it would hide an import`,
  },
]

/** Every breach of the rules in `files`, in the order of the files. */
export function findViolations(files: readonly SourceFile[]): Violation[] {
  return files.flatMap(({ path, text }) => {
    const { modules, globals } = scanSource(path, text)
    const found: Omit<Violation, 'path'>[] = []
    for (const reference of modules) {
      const what = moduleBreach(path, reference)
      if (what !== undefined) found.push({ line: reference.line, what })
    }
    for (const { name, line } of globals) {
      const breach = GLOBALS.find((rule) => rule.names.test(name) && !rule.allowedIn(path))
      if (breach) found.push({ line, what: `${name} belongs in ${breach.belongsIn}` })
    }
    const folder = folderOf(path)
    if (path !== MAIN && levelOf(folder) < 0) found.push({ line: 1, what: `src/${folder} is not one of the layers` })
    return found.map((violation) => ({ path, ...violation }))
  })
}

function moduleBreach(path: string, { specifier, kind }: ModuleReference): string | undefined {
  if (specifier === undefined) return 'import() of a computed name cannot be checked'
  if (!specifier.startsWith('.')) {
    const breach = PACKAGES.find((rule) => rule.names.test(specifier) && !rule.allowedIn(path))
    return breach && `${specifier} belongs in ${breach.belongsIn}`
  }
  const target = posix.join(posix.dirname(path), specifier)
  if (target === MAIN) return 'nothing imports src/main.ts'
  if (target.startsWith('../')) {
    return path === MAIN && target === '../package.json' ? undefined : `${specifier} leads out of src`
  }
  return mayImport(folderOf(path), folderOf(target), kind)
    ? undefined
    : `${folderOf(path)} must not import ${folderOf(target)} (${specifier})`
}

function mayImport(from: string, to: string, kind: ModuleReference['kind']): boolean {
  if (from === to || from === '') return true
  if (from === 'cli' && to === 'tui') return kind !== 'eager'
  return levelOf(to) < levelOf(from)
}

/** The first folder of a path below src; '' for a file at the top. */
function folderOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.indexOf('/')) : ''
}

function levelOf(folder: string): number {
  return LEVELS.findIndex((level) => level.includes(folder))
}

function inFolder(folder: string): (path: string) => boolean {
  return (path) => folderOf(path) === folder
}
