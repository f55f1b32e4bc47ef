/** A command in a real terminal: a tmux server of its own with one pane, whose screen can be read and whose keys can be pressed. */

import { execFileSync, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { type EndWith, temporaryFolder } from './temporary-folder.ts'

const FINISH_MS = 30_000
const LOOK_AGAIN_MS = 50

/** Why there is no such terminal here; undefined when there is. */
export function whyNoTmux(): string | undefined {
  return spawnSync('tmux', ['-V']).status === 0 ? undefined : 'tmux is not installed'
}

export interface PaneOptions {
  /** For a shell. */
  readonly command: string
  readonly columns?: number
  readonly rows?: number
  readonly env?: Readonly<Record<string, string>>
  readonly endWith?: EndWith
}

export class TmuxPane {
  readonly #socket: string

  /** Starts the command; the pane stays when it has ended. */
  constructor({ command, columns = 80, rows = 24, env = {}, endWith = onTestFinished }: PaneOptions) {
    const folder = temporaryFolder({ endWith })
    this.#socket = join(folder, 'tmux')
    const settings = join(folder, 'tmux.conf')
    writeFileSync(settings, 'set -g remain-on-exit on\nset -g status off\n')
    // In the command and not as tmux's own: TERM would be set by tmux. What the person who runs the tests has set of colours is left out.
    const exports = Object.entries({ LC_ALL: 'C.UTF-8', ...env }).map(([name, value]) => `export ${name}=${value}; `)
    const shell = `unset NO_COLOR FORCE_COLOR; ${exports.join('')}${command}; echo "code $?"`
    this.#tmux('-f', settings, 'new-session', '-d', '-x', String(columns), '-y', String(rows), shell)
    endWith(() => void spawnSync('tmux', ['-S', this.#socket, 'kill-server']))
  }

  /** The screen as text, a line a row, with the lines above that scrolled away. */
  get text(): string {
    return this.#tmux('capture-pane', '-p', '-S', '-')
  }

  /** The same with its colours, as escape sequences. */
  get painted(): string {
    return this.#tmux('capture-pane', '-p', '-e')
  }

  /** Presses keys, named as tmux names them: `Down`, `Enter`, `C-c`, `j`. */
  press(...keys: readonly string[]): void {
    this.#tmux('send-keys', ...keys)
  }

  resize(columns: number, rows: number): void {
    this.#tmux('resize-window', '-x', String(columns), '-y', String(rows))
  }

  /** Whether the screen of its own that a program may take is shown. */
  get onOwnScreen(): boolean {
    return this.#tmux('display-message', '-p', '#{alternate_on}').trim() === '1'
  }

  /** The screen as soon as it shows that. @throws when it does not, with what it shows */
  async waitFor(pattern: RegExp): Promise<string> {
    const deadlineMs = performance.now() + FINISH_MS
    for (;;) {
      const { text } = this
      if (pattern.test(text)) return text
      if (performance.now() > deadlineMs) throw new Error(`the screen does not show ${pattern}:\n${text}`)
      await new Promise((again) => setTimeout(again, LOOK_AGAIN_MS))
    }
  }

  #tmux(...args: readonly string[]): string {
    return execFileSync('tmux', ['-S', this.#socket, ...args], { encoding: 'utf8' })
  }
}
