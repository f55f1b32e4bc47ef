/**
 * Puts treecast where a system keeps programs: the executable, manual pages, completions and systemd units. Everything but the
 * executable comes out of the executable itself.
 *
 *   npm run install:system -- [--prefix DIR] [--destdir DIR] [--executable FILE] [--uninstall]
 *
 *   PREFIX/bin/treecast                                     PREFIX/share/bash-completion/completions/treecast
 *   PREFIX/share/man/man{1,5,7}/treecast*                   PREFIX/share/zsh/site-functions/_treecast
 *   PREFIX/lib/systemd/system/treecast-{serve,relay}.service   PREFIX/share/fish/vendor_completions.d/treecast.fish
 *
 * The prefix is /usr/local unless it is given. Files go below DESTDIR, as packagers need it; what is written in them says PREFIX.
 */

import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'

const root = resolve(import.meta.dirname, '../../..')
const { values } = parseArgs({
  options: {
    prefix: { type: 'string', default: '/usr/local' },
    destdir: { type: 'string', default: '' },
    executable: { type: 'string', default: join(root, 'dist', 'treecast') },
    uninstall: { type: 'boolean', default: false },
  },
})
const prefix = resolve(values.prefix)
const place = (path: string) => join(values.destdir, prefix, path)

for (const [path, content] of files()) {
  const target = place(path)
  if (values.uninstall) {
    rmSync(target, { force: true })
    console.log(`removed ${target}`)
    continue
  }
  mkdirSync(dirname(target), { recursive: true })
  // In one step: a treecast that runs keeps the file it was started from.
  const unfinished = `${target}.new`
  if (content === undefined) copyFileSync(values.executable, unfinished)
  else writeFileSync(unfinished, content())
  renameSync(unfinished, target)
  console.log(`installed ${target}`)
}

/** Every file below the prefix with what is in it; undefined for the executable. */
function files(): [string, (() => string) | undefined][] {
  const pages = readdirSync(join(root, 'man')).flatMap((name): [string, () => string][] => {
    const section = /\.([157])$/.exec(name)?.[1]
    return section === undefined ? [] : [[`share/man/man${section}/${name}`, () => printed('man', '--source', name)]]
  })
  const completions = [
    ['bash', 'share/bash-completion/completions/treecast'],
    ['zsh', 'share/zsh/site-functions/_treecast'],
    ['fish', 'share/fish/vendor_completions.d/treecast.fish'],
  ] as const
  return [
    ['bin/treecast', undefined],
    ...pages,
    ...completions.map(([shell, path]): [string, () => string] => [path, () => printed('completion', shell)]),
    ...(['serve', 'relay'] as const).map((role): [string, () => string] => [
      `lib/systemd/system/treecast-${role}.service`,
      () => unit(role),
    ]),
  ]
}

/** The unit of a daemon that is started from its place below the prefix. */
function unit(role: 'serve' | 'relay'): string {
  return printed(role, '--print-unit').replace(/^ExecStart=("[^"]*"|\S+)/m, `ExecStart=${join(prefix, 'bin/treecast')}`)
}

function printed(...words: string[]): string {
  const { status, stdout, stderr, error } = spawnSync(values.executable, words, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${values.executable} ${words.join(' ')} failed: ${error?.message ?? stderr}`)
  return stdout
}
