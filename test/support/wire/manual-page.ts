/** The tables of a manual page, read from its mdoc source: what a test compares with the code. */

import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'

const MANUAL_FOLDER = resolve(import.meta.dirname, '../../../man')

/** A tagged list's item: its tag, the first sentence below it, and the rest. */
export interface Item {
  readonly tag: string
  readonly first: string
  readonly rest: string
}

export class ManualPage {
  readonly #lines: readonly string[]

  constructor(lines: readonly string[]) {
    this.#lines = lines
  }

  static read(name: string): ManualPage {
    return new ManualPage(unwrapped(readFileSync(resolve(MANUAL_FOLDER, name), 'utf8').split('\n')).map(plain))
  }

  /** The text as it stands in the source, without escapes, a sentence to a line. */
  get text(): string {
    return this.#lines.join('\n')
  }

  /** Names of the subsections of a section. */
  subsections(section: string): string[] {
    return this.section(section).#lines.flatMap((line) => (line.startsWith('.Ss ') ? [line.slice(4)] : []))
  }

  section(name: string): ManualPage {
    return this.#part(`.Sh ${name}`, (line) => line.startsWith('.Sh '))
  }

  subsection(name: string): ManualPage {
    return this.#part(`.Ss ${name}`, (line) => line.startsWith('.Ss ') || line.startsWith('.Sh '))
  }

  /** From the line `.Em NAME :` to the next paragraph. */
  structure(name: string): ManualPage {
    return this.#part(`.Em ${name} :`, (line) => line === '.Pp' || line.startsWith('.S'))
  }

  /** The items of all tagged lists here, in order. */
  items(): Item[] {
    const items: { tag: string; lines: string[] }[] = []
    let inside = false
    for (const line of this.#lines) {
      if (line.startsWith('.Bl -tag')) inside = true
      else if (line === '.El') inside = false
      else if (inside && line.startsWith('.It ')) items.push({ tag: tagOf(line), lines: [] })
      else if (inside) items.at(-1)?.lines.push(line)
    }
    return items.map(({ tag, lines: [first = '', ...rest] }) => ({ tag, first, rest: rest.join('\n') }))
  }

  /** The rows of all column lists here, cell by cell, without the head. */
  rows(): string[][] {
    const cells = this.#lines.filter((line) => line.startsWith('.It ') && line.includes(' Ta '))
    return cells.map((line) => line.slice(4).split(' Ta ')).filter(([first]) => !first?.startsWith('Em '))
  }

  #part(head: string, isEnd: (line: string) => boolean): ManualPage {
    const start = this.#lines.indexOf(head)
    if (start < 0) return new ManualPage([])
    const after = this.#lines.slice(start + 1)
    const end = after.findIndex(isEnd)
    return new ManualPage(end < 0 ? after : after.slice(0, end))
  }
}

/** Sentences begin on lines of their own, so a line of text that does not end one goes on in the next; not so in displays. */
function unwrapped(lines: readonly string[]): string[] {
  const whole: string[] = []
  let goesOn = false
  let inDisplay = false
  for (const line of lines) {
    if (/^\.(Bd|Ed)/.test(line)) inDisplay = line.startsWith('.Bd')
    const isText = !inDisplay && line !== '' && !line.startsWith('.')
    if (goesOn && isText) whole.push(`${whole.pop()} ${line}`)
    else whole.push(line)
    goesOn = isText && !/[.!?:]\)?$/.test(line)
  }
  return whole
}

function plain(line: string): string {
  return line.replaceAll('\\(ha', '^').replaceAll('\\-', '-')
}

function tagOf(line: string): string {
  return line.replace(/^\.It (?:Va |Er |Em )?/, '').replaceAll('"', '')
}
