/** The completion scripts, asked by the shells themselves. */

import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { describe, expect, test } from 'vitest'
import { COMMANDS, SHELLS } from '../../../src/cli/command-table.ts'
import { wordsOf } from '../../../src/cli/completion-words.ts'
import { runProgram } from '../../../src/cli/program.ts'
import type { Query } from '../../../src/wire/operator-messages.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { sampleShell } from './sample-shell.ts'

async function printed(args: string[], environment: Record<string, string> = {}) {
  const { shell, stdout } = sampleShell({ environment })
  expect(await runProgram(args, shell)).toBe(0)
  return stdout()
}

/** What bash replaces of a line: its last word, which begins at `@` as well and behind `=`. */
function replacedByBash(line: string): string {
  return /@?[^\s=@]*$/.exec(line)?.[0] ?? ''
}

/** Answers the scripts as a main server would have it; another home has another main server. */
const FAKE_TREECAST = `#!/bin/sh
case "$*" in
  '--home /x completion selectors') echo elsewhere ;;
  'completion terminals') printf 'web1\\ndb1\\n' ;;
  'completion selectors') printf 'all\\nweb1\\ndb1\\n@canary\\nrole=web\\nrole=$(touch hurt)\\n' ;;
  'completion groups') echo canary ;;
  'completion labels') echo role=web ;;
  'completion transfers') printf '42\\tphotos.tar complete\\n41\\tx failed\\n' ;;
esac
`

/** How a shell prints what it would complete a line to, one a line; the script is in the file `script` of the working folder. */
const ASK = {
  bash: (line: string) => [
    '--norc',
    '-c',
    `. ./script
COMP_LINE='${line}'; COMP_WORDS=(${line.replaceAll('=', ' = ')}); case "$COMP_LINE" in *' ') COMP_WORDS+=('');; esac
COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); COMP_POINT=\${#COMP_LINE}; _treecast treecast '${replacedByBash(line)}'; printf '%s\\n' "\${COMPREPLY[@]}"`,
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
    writeFileSync(join(folder, 'bin', 'treecast'), FAKE_TREECAST)
    chmodSync(join(folder, 'bin', 'treecast'), 0o755)
    writeFileSync(join(folder, 'photos.tar'), '')
    mkdirSync(join(folder, 'inbox'))
    const env = { PATH: `${join(folder, 'bin')}${delimiter}${process.env.PATH}`, HOME: folder, TERM: 'xterm' }
    const asked = spawnSync(shell, [...ASK[shell](line)], { cwd: folder, env, encoding: 'utf8', timeout: 20_000 })
    expect(asked.error).toBeUndefined()
    expect(existsSync(join(folder, 'hurt'))).toBe(false)
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
    ['treecast push --to @', ['@canary'], ['web1']],
    ['treecast push --to role=', [shell === 'fish' ? 'role=web' : 'web'], ['web1']],
    ['treecast --home /x push --to ', ['elsewhere'], ['web1']],
    ['treecast rank w', ['web1'], ['db1']],
    ['treecast rank --exclude d', ['db1'], ['web1']],
    ['treecast rank web1 --group ', ['canary'], ['db1']],
    ['treecast status --explain ', ['web1', 'db1'], ['all']],
    ['treecast status ', ['42', '41'], ['web1']],
    ['treecast push --cancel 4', ['42', '41'], ['inbox']],
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

test('the words come from the main server, and none that a shell would read something into', async () => {
  const terminal = (name: string, groups: string[], labels: string[]) => ({ name, groups, labels })
  const transfer = { transfer: 42, name: 'a\tb$(c)', state: 'complete' }
  const client = {
    ask: (async ({ kind }: Query) =>
      kind === 'status'
        ? { transfers: [transfer] }
        : {
            terminals: [terminal('web1', ['canary'], ['role=web']), terminal('$(x)', ['canary'], ['site=a:1'])],
          }) as never,
  }
  expect(await wordsOf('terminals', client)).toEqual(['web1'])
  expect(await wordsOf('groups', client)).toEqual(['canary'])
  expect(await wordsOf('labels', client)).toEqual(['role=web', 'site=a:1'])
  expect(await wordsOf('selectors', client)).toEqual(['all', 'web1', '@canary', 'role=web', 'site=a:1'])
  expect(await wordsOf('transfers', client)).toEqual(['42\ta?b??c? complete'])
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
