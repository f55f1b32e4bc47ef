/**
 * Which terminals a SELECTOR means. Pure; selector-terms.ts reads the terms.
 *
 * What is taken away is taken away wherever it stands; a selector that only takes away takes away from all. Every term that adds must
 * stand for somebody, and every plain name must be known: a push that silently leaves out a misspelt name is worse than none.
 */

import { didYouMean } from '../system/closest-word.ts'
import { TreecastError } from '../system/errors.ts'
import { parseSelector, type Selectable, type Term } from './selector-terms.ts'

/**
 * The selected of `terminals`, in their order.
 * @throws E_SELECTOR_SYNTAX, E_SELECTOR_UNKNOWN when a term stands for nobody, E_SELECTOR_EMPTY when nobody is left
 */
export function select<T extends Selectable>(terminals: readonly T[], selector: string): T[] {
  const terms = parseSelector(selector)
  if (terminals.length === 0) {
    const message =
      'no terminal is enrolled yet: make a token with `treecast serve token` and start `treecast relay --join TOKEN` on each'
    throw new TreecastError('E_SELECTOR_EMPTY', message)
  }
  for (const term of terms) assertKnown(terminals, term)
  const added = terms.filter(({ negated }) => !negated)
  const taken = terms.filter(({ negated }) => negated)
  const selected = terminals.filter(
    (terminal) =>
      (added.length === 0 || added.some(({ matches }) => matches(terminal))) &&
      !taken.some(({ matches }) => matches(terminal)),
  )
  if (selected.length > 0) return selected
  throw new TreecastError(
    'E_SELECTOR_EMPTY',
    `selector '${selector}' matches no terminal: \`treecast rank\` lists them`,
  )
}

function assertKnown(terminals: readonly Selectable[], term: Term): void {
  const { text, kind, negated, matches } = term
  if (kind === 'all' || (negated && kind !== 'name') || terminals.some(matches)) return
  throw new TreecastError('E_SELECTOR_UNKNOWN', `${UNKNOWN[kind](text)}${hint(terminals, term)}`)
}

const UNKNOWN: Readonly<Record<Exclude<Term['kind'], 'all'>, (text: string) => string>> = {
  name: (text) => `there is no terminal named '${text}'`,
  pattern: (text) => `no terminal has a name that matches '${text}'`,
  label: (text) => `no terminal has the label '${text}'`,
  group: (text) => `no terminal is in the group '${text}'`,
}

/** The nearest that there is; else where to look. */
function hint(terminals: readonly Selectable[], { text, kind }: Term): string {
  const known: Readonly<Record<Exclude<Term['kind'], 'all'>, (terminal: Selectable) => readonly string[]>> = {
    name: ({ name }) => [name],
    pattern: ({ name }) => [name],
    label: ({ labels }) => Object.entries(labels).map(([key, value]) => `${key}=${value}`),
    group: ({ groups }) => groups.map((group) => `@${group}`),
  }
  const candidates = kind === 'all' ? [] : terminals.flatMap(known[kind])
  const near = didYouMean(text, candidates)
  return near === '' ? ': `treecast rank` lists them' : `.${near}`
}
