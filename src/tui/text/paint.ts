/** Lines as text for a stream: with escape sequences for the tones where colours are welcome, plain elsewhere. */

import { styleText } from 'node:util'
import { type Line, plainText, type Segment, type Tone } from '../layout/line.ts'

type Style = 'bold' | 'dim' | 'green' | 'cyan' | 'red' | 'yellow'

const STYLES: Readonly<Record<Tone, Style | undefined>> = {
  plain: undefined,
  strong: 'bold',
  dim: 'dim',
  good: 'green',
  busy: 'cyan',
  bad: 'red',
  waiting: 'yellow',
}

/** The lines, each ended by a line feed. */
export function paintLines(lines: readonly Line[], { color }: { color: boolean }): string {
  return lines.map((line) => `${color ? line.map(paintSegment).join('').trimEnd() : plainText(line)}\n`).join('')
}

function paintSegment({ text, tone, inverse }: Segment): string {
  const styles = ([inverse ? 'inverse' : undefined, STYLES[tone]] as const).filter((style) => style !== undefined)
  return styles.length === 0 || text === '' ? text : styleText(styles, text, { validateStream: false })
}
