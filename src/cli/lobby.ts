/**
 * Where an ad hoc push waits for its terminals: how to join, who has, and the word to go. Everything goes to stderr, so that what the push
 * itself prints stays data.
 */

import { renderUnicodeCompact } from 'uqr'
import { escapeText } from '../system/escape-text.ts'
import type { Shell } from './shell.ts'
import { screenOf } from './shell.ts'

export interface LobbyOptions {
  readonly shell: Shell
  readonly color: boolean
  readonly code: string
  /** For those that the short code does not reach. */
  readonly token: string
  /** How many to wait for; undefined: for Enter. */
  readonly expected: number | undefined
}

export class Lobby {
  readonly #options: LobbyOptions
  readonly #ready = Promise.withResolvers<void>()
  #names: ReadonlySet<string> = new Set()

  constructor(options: LobbyOptions) {
    this.#options = options
  }

  /** Resolves once the push may go. */
  get ready(): Promise<void> {
    return this.#ready.promise
  }

  open(): void {
    const { shell, code, token, expected } = this.#options
    const line = `treecast relay --once --join ${code}`
    this.tell('On every machine that is to receive it:', '', `    ${line}`, '')
    if (shell.stderr.isTTY === true && screenOf(this.#options).unicode) {
      this.tell(
        ...renderUnicodeCompact(line, { border: 1 })
          .split('\n')
          .map((row) => `    ${row}`),
        '',
      )
    }
    this.tell('Where that finds nobody, because it is on another network:', '')
    this.tell(`    treecast relay --ad-hoc --join ${token}`, '')
    if (expected === undefined) {
      this.tell('Press Enter to start, Ctrl-C to give up.')
      shell.stdin.on('data', this.#entered)
    } else this.tell(`It starts once ${expected} ${expected === 1 ? 'has' : 'have'} joined.`)
  }

  /** Who is here now. */
  present(names: readonly string[]): void {
    const { expected } = this.#options
    const now = new Set(names)
    for (const name of now) if (!this.#names.has(name)) this.#count(`${escapeText(name)} joined`, now.size)
    for (const name of this.#names) if (!now.has(name)) this.#count(`${escapeText(name)} left`, now.size)
    this.#names = now
    if (expected !== undefined && now.size >= expected) this.#ready.resolve()
  }

  tell(...lines: readonly string[]): void {
    for (const line of lines) this.#options.shell.stderr.write(`${line}\n`)
  }

  /** Lets the keyboard go. */
  close(): void {
    const { stdin } = this.#options.shell
    stdin.off('data', this.#entered)
    if (this.#options.expected === undefined) stdin.pause()
  }

  #count(what: string, size: number): void {
    const { expected } = this.#options
    this.tell(`  ${what}: ${size}${expected === undefined ? '' : ` of ${expected}`} here`)
  }

  readonly #entered = (): void => {
    if (this.#names.size > 0) this.#ready.resolve()
    else this.tell('  nobody has joined yet')
  }
}
