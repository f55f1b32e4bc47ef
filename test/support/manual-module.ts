/** The module that stands for src/cli/manual-pages.ts in the executable: every manual page, as it is written and as it is read. */

import { spawnSync } from 'node:child_process'
import { manualPages } from '../../src/cli/manual-pages.ts'

/** As wide as a page of the manual is on a screen of 80 columns. */
const COLUMNS = 78
const BACKSPACE = '\b'

/** The module's source. Without mandoc the pages have no plain text; `complain` hears of it. */
export function manualModule(complain: (why: string) => void): string {
  const pages = manualPages().map((page) => ({ ...page, text: plainText(page.source) }))
  if (pages.some(({ text }) => text === undefined))
    complain('mandoc is missing: `treecast man` will show pages without man(1) as they are written')
  return `export const manualPages = () => ${JSON.stringify(pages)}\n`
}

function plainText(source: string): string | undefined {
  const rendered = spawnSync('mandoc', ['-Tutf8', '-O', `width=${COLUMNS}`], { input: source, encoding: 'utf8' })
  // Bold is a character, a backspace and the character again; underlined, an underscore before.
  const strokes = new RegExp(`.${BACKSPACE}`, 'gu')
  return rendered.status === 0 ? rendered.stdout.replaceAll(strokes, '') : undefined
}
