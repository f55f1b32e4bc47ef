/**
 * The manual pages that this program carries. Run from its source it reads them from the folder `man`; the build puts another module in
 * the place of this one, of the same shape, with all pages in it (test/support/manual-module.ts).
 */

import { readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'

export interface ManualPage {
  /** `treecast-push`. */
  readonly name: string
  /** `1`, `5` or `7`. */
  readonly section: string
  /** As it is written, in mdoc(7). */
  readonly source: string
  /** As it is read, without any markup; undefined where nothing could render it. */
  readonly text: string | undefined
}

/** All pages, by name. */
export function manualPages(): ManualPage[] {
  const folder = resolve(import.meta.dirname, '../../man')
  return readdirSync(folder)
    .toSorted()
    .flatMap((file) => {
      const [, name, section] = /^(.*)\.([157])$/.exec(file) ?? []
      if (name === undefined || section === undefined) return []
      return [{ name, section, source: readFileSync(resolve(folder, file), 'utf8'), text: undefined }]
    })
}
