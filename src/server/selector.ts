/**
 * Which terminals a SELECTOR means: names and `all`, joined by commas; `!` takes away. Pure.
 *
 * What is taken away is taken away wherever it stands; a selector that starts with `!` takes away from all.
 */

import { TreecastError } from '../system/errors.ts'

/**
 * The selected of `terminals`, in their order.
 * @throws E_SELECTOR_UNKNOWN when it names nobody known, E_SELECTOR_EMPTY when it matches nobody
 */
export function select<T extends { readonly name: string }>(terminals: readonly T[], selector: string): T[] {
  const terms = selector.split(',').map((term) => term.trim())
  if (terms.includes('') || terms.includes('!')) {
    const message = `selector '${selector}' has an empty part: write names separated by single commas, as in --to web1,web2`
    throw new TreecastError('E_SELECTOR_EMPTY', message)
  }
  const excluded = terms.filter((term) => term.startsWith('!')).map((term) => term.slice(1))
  const included = terms.filter((term) => !term.startsWith('!'))
  for (const name of [...included, ...excluded]) assertKnown(terminals, name)
  const selected = terminals.filter(
    ({ name }) => (included.length === 0 || matches(included, name)) && !matches(excluded, name),
  )
  if (selected.length > 0) return selected
  const message =
    terminals.length === 0
      ? 'no terminal is enrolled yet: make a token with `treecast serve token` and start `treecast relay --join TOKEN` on each'
      : `selector '${selector}' matches no terminal: \`treecast rank\` lists them`
  throw new TreecastError('E_SELECTOR_EMPTY', message)
}

function matches(terms: readonly string[], name: string): boolean {
  return terms.some((term) => term === 'all' || sameName(term, name))
}

function assertKnown(terminals: readonly { readonly name: string }[], term: string): void {
  if (term === 'all' || terminals.some(({ name }) => sameName(term, name))) return
  throw new TreecastError('E_SELECTOR_UNKNOWN', `there is no terminal named '${term}': \`treecast rank\` lists them`)
}

function sameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase()
}
