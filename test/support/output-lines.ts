/** What a process prints, kept whole and waited for line by line. */

import type { Readable } from 'node:stream'

/** The output ended without the line that was waited for. */
export class EndOfOutput extends Error {}

interface Waiter {
  readonly pattern: RegExp
  readonly found: (match: RegExpExecArray) => void
  readonly ended: (error: EndOfOutput) => void
}

export class OutputLines {
  /** Everything printed so far. */
  text = ''
  #ended = false
  #waiters: Waiter[] = []

  constructor(stream: Readable) {
    stream.setEncoding('utf8')
    stream.on('data', (piece: string) => {
      this.text += piece
      this.#look()
    })
    stream.on('close', () => {
      this.#ended = true
      this.#look()
    })
  }

  /** The complete lines printed so far, and after the end the last one, complete or not. */
  get lines(): string[] {
    const lines = this.text.split('\n')
    const last = lines.pop() ?? ''
    return this.#ended && last !== '' ? [...lines, last] : lines
  }

  /**
   * The first line that `pattern` matches, printed before or after this call.
   * @throws EndOfOutput when the output ends without it
   */
  waitFor(pattern: RegExp): Promise<RegExpExecArray> {
    // A copy without `g` and `y`: those two would make a match depend on the one before.
    const stateless = new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, ''))
    return new Promise((found, ended) => {
      this.#waiters.push({ pattern: stateless, found, ended })
      this.#look()
    })
  }

  #look(): void {
    const lines = this.lines
    this.#waiters = this.#waiters.filter(({ pattern, found, ended }) => {
      const match = lines.map((line) => pattern.exec(line)).find((result) => result !== null)
      if (match) found(match)
      else if (this.#ended) ended(new EndOfOutput(`no line matches ${pattern}`))
      return !match && !this.#ended
    })
  }
}
