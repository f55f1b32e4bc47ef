/** The layers of the source hold, and the check that says so can see a breach. */

import { posix, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readSourceFiles } from '../support/architecture/read-source.ts'
import { findViolations } from '../support/architecture/rules.ts'
import { scanSource } from '../support/architecture/scan.ts'

const SOURCE_FOLDER = resolve(import.meta.dirname, '../../src')

function breaches(path: string, text: string): string[] {
  return findViolations([{ path, text }]).map(({ what }) => what)
}

test('the source keeps to its layers', () => {
  const files = readSourceFiles(SOURCE_FOLDER)
  expect(files.map(({ path }) => path)).toContain('system/clock.ts')
  expect(findViolations(files)).toEqual([])
})

describe('imports', () => {
  test.each([
    ['wire/frame.ts', "import { x } from '../link/link.ts'", 'wire must not import link (../link/link.ts)'],
    ['seal/key.ts', "import { x } from '../identity/key.ts'", 'seal must not import identity (../identity/key.ts)'],
    ['tree/deal.ts', "import type { X } from '../wire/x.ts'", 'tree must not import wire (../wire/x.ts)'],
    ['content/a.ts', "export * from '../registry/x.ts'", 'content must not import registry (../registry/x.ts)'],
    ['content/a.ts', "export { x } from '../server/x.ts'", 'content must not import server (../server/x.ts)'],
    ['server/a.ts', "const x = await import('../client/x.ts')", 'server must not import client (../client/x.ts)'],
    ['terminal/a.ts', "type X = import('../cli/x.ts').X", 'terminal must not import cli (../cli/x.ts)'],
    ['system/deep/a.ts', "import '../../wire/x.ts'", 'system must not import wire (../../wire/x.ts)'],
    ['tui/a.tsx', "import { x } from '../cli/x.ts'", 'tui must not import cli (../cli/x.ts)'],
    ['cli/a.ts', "import { x } from '../tui/x.tsx'", 'cli must not import tui (../tui/x.tsx)'],
    ['cli/a.ts', "import { x } from '../main.ts'", 'nothing imports src/main.ts'],
    ['cli/a.ts', "import { x } from '../../test/x.ts'", '../../test/x.ts leads out of src'],
    ['cli/a.ts', 'const x = await import(name)', 'import() of a computed name cannot be checked'],
    ['util/a.ts', 'export const x = 1', 'src/util is not one of the layers'],
  ])('%s: %s is refused', (path, text, what) => {
    expect(breaches(path, text)).toEqual([what])
  })

  test.each([
    ['link/a.ts', "import { x } from '../wire/x.ts'\nimport { y } from './y.ts'\nimport '../system/clock.ts'"],
    ['main.ts', "import { x } from './cli/x.ts'\nimport pack from '../package.json' with { type: 'json' }"],
    ['cli/a.ts', "import type { X } from '../tui/x.tsx'\nconst x = await import('../tui/x.tsx')"],
    ['wire/a.ts', "// import { x } from '../link/x.ts'\nexport const text = `import '../link/x.ts'`"],
  ])('%s: %s is fine', (path, text) => {
    expect(breaches(path, text)).toEqual([])
  })
})

describe('packages', () => {
  test.each([
    ['node:net', 'terminal/a.ts', 'link/a.ts'],
    ['node:tls', 'server/a.ts', 'link/a.ts'],
    ['tls', 'server/a.ts', 'link/a.ts'],
    ['better-sqlite3/linux-x64', 'registry/database.ts', 'registry/sqlite-driver.ts'],
    ['node:sqlite', 'terminal/state.ts', 'registry/sqlite-driver.ts'],
    ['react', 'cli/a.ts', 'tui/a.tsx'],
    ['ink', 'client/a.ts', 'tui/a.tsx'],
    ['@inkjs/ui', 'main.ts', 'tui/a.tsx'],
    ['yargs', 'client/a.ts', 'cli/a.ts'],
    ['yargs/helpers', 'tui/a.tsx', 'main.ts'],
    ['node:child_process', 'terminal/hooks.ts', 'system/real-commands.ts'],
    ['node:timers/promises', 'terminal/a.ts', 'system/a.ts'],
    ['node:perf_hooks', 'link/a.ts', 'system/a.ts'],
  ])('%s is refused in %s and fine in %s', (name, elsewhere, home) => {
    expect(breaches(elsewhere, `import '${name}'`)).toHaveLength(1)
    expect(breaches(elsewhere, `import type { X } from '${name}'`)).toHaveLength(1)
    expect(breaches(elsewhere, `await import('${name}')`)).toHaveLength(1)
    expect(breaches(home, `import '${name}'`)).toEqual([])
  })

  test('better-sqlite3 may be described to the compiler in registry, and only there', () => {
    const text = "declare module 'better-sqlite3/*' {\n  export { default } from 'better-sqlite3'\n}"
    expect(breaches('registry/sqlite-platforms.d.ts', text)).toEqual([])
    expect(breaches('terminal/sqlite-platforms.d.ts', text)).toHaveLength(1)
    expect(breaches('registry/database.ts', text)).toHaveLength(1)
  })

  test.each(['bun', 'bun:sqlite', 'bun:ffi'])('%s is refused everywhere', (name) => {
    expect(breaches('system/a.ts', `import '${name}'`)).toHaveLength(1)
    expect(breaches('registry/sqlite-driver.ts', `import '${name}'`)).toHaveLength(1)
  })
})

describe('clocks, timers and chance', () => {
  test.each([
    'Date.now()',
    'new Date()',
    'new Date',
    'Date()',
    'const clock = Date',
    'globalThis.Date.now()',
    "globalThis['Date'].now()",
    'const { now } = Date',
    'performance.now()',
    'globalThis.performance.now()',
    'setTimeout(run, 1)',
    'setInterval(run, 1)',
    'setImmediate(run)',
    'globalThis.setTimeout(run, 1)',
    'const later = setTimeout',
    'start({ setTimeout })',
    'start({ later: setTimeout })',
    'AbortSignal.timeout(5)',
    'process.hrtime.bigint()',
    'Math.random()',
  ])('%s is refused outside system', (text) => {
    expect(breaches('terminal/a.ts', text).length).toBeGreaterThan(0)
    expect(breaches('system/a.ts', text)).toEqual([])
  })

  test.each([
    'new Date(momentMs).toISOString()',
    'type X = Date',
    'clock.now()',
    'socket.setTimeout(5)',
    'const rank = { performance: 1 }; rank.performance',
    'function score(performance: number) { return performance }',
    'interface Port { setTimeout(): void; setInterval: number }',
    "const text = 'setTimeout(run, 1) and Date.now()' // setTimeout",
  ])('%s is fine anywhere', (text) => {
    expect(breaches('terminal/a.ts', text)).toEqual([])
  })

  test('Date.parse reads what a person typed, so cli has it too', () => {
    expect(breaches('cli/a.ts', 'Date.parse(text)')).toEqual([])
    expect(breaches('terminal/a.ts', 'Date.parse(text)')).toHaveLength(1)
  })
})

test.each(['Bun.file(path)', 'typeof Bun', 'globalThis.Bun.nanoseconds()'])(
  '%s is refused everywhere: node: APIs only',
  (text) => {
    expect(breaches('system/a.ts', text)).toHaveLength(1)
  },
)

test('require would hide an import, so only the SQLite driver may use it', () => {
  const text = "import { createRequire } from 'node:module'\ncreateRequire(import.meta.url)('node:net')"
  expect(breaches('content/a.ts', text)).toHaveLength(1)
  expect(breaches('registry/sqlite-driver.ts', text)).toEqual([])
})

test('a breach says its file and line', () => {
  const text = "\n\nimport { connect } from 'node:net'\n"
  expect(findViolations([{ path: 'wire/a.ts', text }])).toEqual([
    { path: 'wire/a.ts', line: 3, what: 'node:net belongs in src/link' },
  ])
})

describe('the packages that are loaded', () => {
  const sources = new Map(readSourceFiles(SOURCE_FOLDER).map(({ path, text }) => [path, text]))

  /** Those that `paths`, and all that they import before their first line runs, import. */
  function packagesOf(paths: readonly string[]): Set<string> {
    const packages = new Set<string>()
    const seen = new Set(paths)
    for (const path of seen) {
      for (const { specifier = '', kind } of scanSource(path, sources.get(path) ?? '').modules) {
        if (kind !== 'eager') continue
        if (specifier.startsWith('.')) seen.add(posix.join(posix.dirname(path), specifier))
        else packages.add(specifier)
      }
    }
    return packages
  }

  const OF_DAEMONS = ['kysely', 'lz4js', 'tweetnacl', 'multicast-dns', 'prom-client', 'pino']

  test('at every start are those of a command line', () => {
    const packages = packagesOf(['main.ts'])
    expect(packages).toContain('yargs')
    for (const name of [...OF_DAEMONS, '@msgpack/msgpack', 'ink', 'react']) expect(packages).not.toContain(name)
  })

  test('for a push do not hold it up with what only daemons, screens and rarer pushes use', () => {
    const packages = packagesOf(['main.ts', 'cli/push-command.ts', 'client/operator-client.ts'])
    expect(packages).toContain('@msgpack/msgpack')
    for (const name of [...OF_DAEMONS, 'ink', 'react']) expect(packages).not.toContain(name)
    expect([...packages].filter((name) => name.startsWith('better-sqlite3'))).toEqual([])
  })
})
