/** A terminal's screen, as text with escape sequences, as an SVG picture. Pure. */

import stringWidth from 'string-width'

const COLUMN = 8.4
const ROW = 18
const MARGIN = 16
const FONT = 'ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace'
const PAPER = '#1b1f27'
const INK = '#d5dae3'
const COLORS: Readonly<Record<number, string>> = { 31: '#f0716f', 32: '#84c37a', 33: '#e0b45c', 36: '#5cc1cf' }
const FAINT = '#7b8494'

interface Style {
  readonly color: string | undefined
  readonly bold: boolean
  readonly faint: boolean
  readonly inverse: boolean
}

const PLAIN: Style = { color: undefined, bold: false, faint: false, inverse: false }

interface Run {
  readonly text: string
  readonly style: Style
}

/** The picture of `lines`, each of at most `columns` columns, called `title` for those who cannot see it. */
export function drawSvg(lines: readonly string[], { columns, title }: { columns: number; title: string }): string {
  const width = Math.ceil(columns * COLUMN + 2 * MARGIN)
  const height = lines.length * ROW + 2 * MARGIN
  let style = PLAIN
  const rows = lines.map((line, row) => {
    const runs = readRuns(line, style)
    style = runs.after
    return drawRow(runs.runs, MARGIN + row * ROW)
  })
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">`,
    `<title>${escapeXml(title)}</title>`,
    `<rect width="${width}" height="${height}" rx="8" fill="${PAPER}"/>`,
    `<g font-family='${FONT}' font-size="14" fill="${INK}" xml:space="preserve">`,
    ...rows.filter((row) => row !== ''),
    '</g>',
    '</svg>\n',
  ].join('\n')
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
const SEQUENCE = /\x1b\[([\d;]*)m/g

function readRuns(line: string, before: Style): { runs: Run[]; after: Style } {
  const runs: Run[] = []
  let style = before
  let at = 0
  for (const match of line.matchAll(SEQUENCE)) {
    runs.push({ text: line.slice(at, match.index), style })
    style = (match[1] ?? '').split(';').map(Number).reduce(restyle, style)
    at = match.index + match[0].length
  }
  runs.push({ text: line.slice(at), style })
  return { runs: runs.filter(({ text }) => text !== ''), after: style }
}

function restyle(style: Style, code: number): Style {
  if (code === 0) return PLAIN
  if (code === 1) return { ...style, bold: true }
  if (code === 2) return { ...style, faint: true }
  if (code === 7) return { ...style, inverse: true }
  if (code === 22) return { ...style, bold: false, faint: false }
  if (code === 27) return { ...style, inverse: false }
  if (code === 39) return { ...style, color: undefined }
  return COLORS[code] === undefined ? style : { ...style, color: COLORS[code] }
}

function drawRow(runs: readonly Run[], top: number): string {
  let column = 0
  return runs
    .map(({ text, style }) => {
      const columns = stringWidth(text)
      const drawn = drawRun({ text, style }, { left: MARGIN + column * COLUMN, top, width: columns * COLUMN })
      column += columns
      return drawn
    })
    .join('')
}

function drawRun({ text, style }: Run, { left, top, width }: { left: number; top: number; width: number }): string {
  const color = style.color ?? (style.faint ? FAINT : INK)
  const box = `<rect x="${round(left)}" y="${top}" width="${round(width)}" height="${ROW}" fill="${color}"/>`
  const paper = style.inverse ? box : ''
  if (text.trim() === '') return paper
  // Its length is told, so that columns stay columns whatever the font.
  const place = `x="${round(left)}" y="${top + 13}" textLength="${round(width)}" lengthAdjust="spacingAndGlyphs"`
  const fill = style.inverse ? ` fill="${PAPER}"` : color === INK ? '' : ` fill="${color}"`
  return `${paper}<text ${place}${fill}${style.bold ? ' font-weight="700"' : ''}>${escapeXml(text)}</text>`
}

function round(length: number): number {
  return Math.round(length * 10) / 10
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
