/** The completion scripts, asked by the shells themselves. */

import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { describe, expect, test } from 'vitest'
import { COMMANDS, SHELLS } from '../../../src/cli/command-table.ts'
import { runProgram } from '../../../src/cli/program.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { sampleShell } from './sample-shell.ts'

async function printed(args: string[], environment: Record<string, string> = {}) {
  const { shell, stdout } = sampleShell({ environment })
  expect(await runProgram(args, shell)).toBe(0)
  return stdout()
}

/** How a shell prints what it would complete a line to, one a line; the script is in the file `script` of the working folder. */
const ASK = {
  bash: (line: string) => [
    '--norc',
    '-c',
    `. ./script
COMP_LINE='${line}'; COMP_WORDS=(${line.replaceAll('=', ' = ')}); case "$COMP_LINE" in *' ') COMP_WORDS+=('');; esac
COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _treecast; printf '%s\\n' "\${COMPREPLY[@]}"`,
  ],
  fish: (line: string) => ['--no-config', '-c', `source ./script; complete -C '${line}' | string split -f1 \\t`],
  // zsh completes on a screen only: one is made for it. What it offers is listed there, a single match is put into the line.
  zsh: (line: string) => [
    '-f',
    '-c',
    `zmodload zsh/zpty
zpty shell 'zsh -f -i 2>/dev/null'
zpty -w shell "PS1=; unsetopt zle_bracketed_paste list_ambiguous beep; autoload -Uz compinit; compinit -D -u; . ./script
finish() { print -r -- \\$BUFFER > ./line; print > ./ready }; zle -N finish; bindkey '^X' finish; print > ./begun"
while [[ ! -e begun ]]; do zpty -r -t shell printed; done
zpty -w -n shell $'${line}\\t\\x18'
while [[ ! -e ready ]]; do zpty -r -t shell printed && print -r -- "$printed"; done
while zpty -r -t shell printed; do print -r -- "$printed"; done
print; cat ./line; zpty -d shell`,
  ],
} as const

describe.each(SHELLS)('completion in %s', (shell) => {
  const missing = spawnSync(shell, ['--version']).error !== undefined
  if (missing) console.warn(`completion for ${shell} is not tried: install the package ${shell}`)

  /** Words that the shell offers for the last word of `line`. */
  async function offered(line: string): Promise<string[]> {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'script'), await printed(['completion', shell]))
    mkdirSync(join(folder, 'bin'))
    writeFileSync(
      join(folder, 'bin', 'treecast'),
      '#!/bin/sh\n[ "$*" = "completion terminals" ] && echo web1 && echo db1\n',
    )
    chmodSync(join(folder, 'bin', 'treecast'), 0o755)
    writeFileSync(join(folder, 'photos.tar'), '')
    mkdirSync(join(folder, 'inbox'))
    const env = { PATH: `${join(folder, 'bin')}${delimiter}${process.env.PATH}`, HOME: folder, TERM: 'xterm' }
    const asked = spawnSync(shell, [...ASK[shell](line)], { cwd: folder, env, encoding: 'utf8', timeout: 20_000 })
    expect(asked.error).toBeUndefined()
    const shown = stripVTControlCharacters(asked.stdout)
    return (shell === 'zsh' ? shown.split(/[\s=]+/) : shown.split('\n')).map((word) => word.replace(/[ =/]$/, ''))
  }

  test.skipIf(missing).each([
    ['treecast ', ['serve', 'relay', 'push', 'rank', 'status', 'completion'], ['token']],
    ['treecast serve ', ['token'], ['push']],
    ['treecast serve --p', ['--print-unit'], ['--leaf']],
    ['treecast serve token --', ['--uses', '--expires'], ['--print-unit']],
    ['treecast --home /x push --co', ['--compress', '--config'], ['--cipher']],
    ['treecast push --compress ', ['zstd', 'lz4'], ['photos.tar']],
    ['treecast push --compress=z', [shell === 'fish' ? '--compress=zstd' : 'zstd'], ['lz4']],
    ['treecast push ', ['photos.tar'], ['zstd']],
    ['treecast relay --inbox ', ['inbox'], ['photos.tar']],
    ['treecast push --to ', ['all', 'web1', 'db1'], ['photos.tar']],
    ['treecast push --to web1,!d', ['web1,!db1'], ['photos.tar']],
    ['treecast completion ', ['bash', 'zsh', 'fish'], ['terminals']],
  ])('%s', async (line, some, none) => {
    const words = await offered(line)
    expect(words).toEqual(expect.arrayContaining(some))
    for (const word of none) expect(words).not.toContain(word)
  })
})

test('the script is for the shell that is named, else for the one that runs', async () => {
  expect(await printed(['completion', 'zsh'], { SHELL: '/bin/bash' })).toContain('#compdef treecast')
  expect(await printed(['completion'], { SHELL: '/usr/bin/fish' })).toContain('complete -c treecast')
  expect(await printed(['completion'])).toContain('complete -F _treecast treecast')
})

test('without an operator on this machine there are no names, and nothing is made', async () => {
  const home = join(temporaryFolder(), 'home')
  expect(await printed(['completion', 'terminals', '--home', home])).toBe('')
  expect(() => chmodSync(home, 0o700)).toThrow('ENOENT')
})

test('every command that help lists is completed', async () => {
  const commandsOf = (help: string, above: string) =>
    [...help.matchAll(new RegExp(`^ +treecast ${above}([a-z]+)`, 'gm'))].map(([, name]) => `${above}${name}`)
  const listed = [
    ...commandsOf(await printed(['--help']), ''),
    ...commandsOf(await printed(['serve', '--help']), 'serve '),
  ]
  expect(COMMANDS.map(({ name }) => name).toSorted()).toEqual(listed.toSorted())
})
