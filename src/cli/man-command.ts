/**
 * `treecast man [PAGE]`: shows a manual page that the program carries.
 *
 *   on a screen    man(1), else mandoc(1), else a pager with plain text
 *   elsewhere      plain text, or with --source the page as it is written
 */

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EXIT, type ExitCode } from './exit-codes.ts'
import type { Invocation } from './invocation.ts'
import { type ManualPage, manualPages } from './manual-pages.ts'
import type { MAN_OPTIONS } from './option-tables.ts'
import type { Shell } from './shell.ts'
import { usageError } from './usage-error.ts'

const OVERVIEW = 'treecast'

/** @throws E_USAGE for a page that does not exist */
export async function runMan(
  { shell, settings }: Invocation<typeof MAN_OPTIONS>,
  wanted: string = OVERVIEW,
  pages: readonly ManualPage[] = manualPages(),
): Promise<ExitCode> {
  const page = findPage(wanted, pages)
  if (settings.source) shell.stdout.write(page.source)
  else if (!(shell.stdout.isTTY && (await showOnScreen(page, shell)))) shell.stdout.write(page.text ?? page.source)
  return EXIT.success
}

/** `push`, `treecast-push`, `treecast-push.1` and `serve token` all name a page. */
function findPage(wanted: string, pages: readonly ManualPage[]): ManualPage {
  const [name = ''] = wanted.replace(/\.[157]$/, '').split(' ')
  const page = pages.find((candidate) => candidate.name === name || candidate.name === `${OVERVIEW}-${name}`)
  if (page !== undefined) return page
  const names = pages.map((candidate) => candidate.name.replace(/^treecast-/, '')).join(', ')
  throw usageError(`there is no manual page '${wanted}'. There are: ${names}`)
}

/** @returns whether it was shown */
async function showOnScreen({ name, section, source, text }: ManualPage, shell: Shell): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), 'treecast-man-'))
  try {
    const page = join(folder, `${name}.${section}`)
    const plain = join(folder, `${name}.txt`)
    await writeFile(page, source)
    await writeFile(plain, text ?? source)
    const pager = shell.environment.PAGER || 'less'
    const ways = [
      ['man', page],
      ['mandoc', '-a', page],
      ['sh', '-c', `${pager} "$1"`, 'sh', plain],
      ['more', plain],
    ]
    for (const way of ways) if ((await shell.run(way)) === 0) return true
    return false
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
