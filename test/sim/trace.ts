/** What happened, in order, as a running digest: two runs of one seed are the same run when their digests are equal. */

import { createHash } from 'node:crypto'
import type { Clock } from '../../src/system/clock.ts'
import { factText } from '../../src/system/fact-text.ts'
import type { Log, LogFacts } from '../../src/system/log.ts'

export class Trace {
  readonly #clock: Pick<Clock, 'monotonic'>
  readonly #digest = createHash('sha256')
  readonly #tell: ((line: string) => void) | undefined
  events = 0

  /** @param tell hears every line: for people */
  constructor(clock: Pick<Clock, 'monotonic'>, tell: ((line: string) => void) | undefined) {
    this.#clock = clock
    this.#tell = tell
  }

  /** Whether somebody reads along. */
  get told(): boolean {
    return this.#tell !== undefined
  }

  add(event: string): void {
    this.events++
    const line = `${this.#clock.monotonic()} ${event}`
    this.#digest.update(`${line}\n`)
    this.#tell?.(line)
  }

  /** For people alone. */
  note(event: string): void {
    this.#tell?.(`${this.#clock.monotonic()} ${event}`)
  }

  /** The digest of all so far, hexadecimal. */
  digest(): string {
    return this.#digest.copy().digest('hex')
  }

  /** A machine's log, shown between the events. */
  log(machine: string, known: LogFacts = {}): Log {
    const at = (level: string) => (event: string, facts?: LogFacts) => {
      if (this.told) this.note(`${machine} ${level}: ${event} ${factText({ ...known, ...facts })}`)
    }
    return {
      error: at('error'),
      warn: at('warn'),
      info: at('info'),
      debug: at('debug'),
      with: (facts) => this.log(machine, { ...known, ...facts }),
    }
  }
}
