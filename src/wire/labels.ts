/**
 * Labels and groups: what selectors tell terminals apart by, beside their names. A label is `KEY=VALUE`; a terminal says its own when it
 * connects, and an operator may set others, which count before the terminal's. Pure.
 *
 * Guarantee: nothing that has a meaning in a selector, in a shell or on a screen can stand in a label or a group's name.
 */

export type Labels = Readonly<Record<string, string>>

/** Most labels of one terminal from one source. */
export const MAX_LABELS = 32
/** Most groups of one terminal. */
export const MAX_GROUPS = 32
/** Of `KEY=VALUE`. */
export const MAX_LABEL_CHARACTERS = 127

const KEY = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/
const VALUE = /^[A-Za-z0-9._:+-]{0,63}$/

/** `role=web` as its two parts; undefined when it is no label. An empty value stands for "no such label". */
export function parseLabel(text: string): { readonly key: string; readonly value: string } | undefined {
  const at = text.indexOf('=')
  const [key, value] = [text.slice(0, at), text.slice(at + 1)]
  return at > 0 && KEY.test(key) && VALUE.test(value) ? { key, value } : undefined
}

export function isLabel(text: string): boolean {
  return parseLabel(text) !== undefined
}

/** A group's name has the form of a label's key. */
export function isGroupName(name: string): boolean {
  return KEY.test(name)
}

/** `['role=web']` as `{ role: 'web' }`; of several with one key the last counts, and what is no label is left out. */
export function labelsOf(texts: readonly string[]): Labels {
  const labels: Record<string, string> = Object.create(null) as Record<string, string>
  for (const text of texts) {
    const label = parseLabel(text)
    if (label !== undefined) labels[label.key] = label.value
  }
  return { ...labels }
}

/** `{ role: 'web' }` as `['role=web']`, by key. */
export function labelTexts(labels: Labels): string[] {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .sort()
}

/** The labels that count: an operator's before the terminal's own; one with an empty value is none. */
export function effectiveLabels(own: Labels, set: Labels): Labels {
  return Object.fromEntries(Object.entries({ ...own, ...set }).filter(([, value]) => value !== ''))
}

/**
 * What an operator has set, after `changes`. An empty value takes the label away; it stays as a mark only where the terminal itself says
 * the label and would bring it back.
 */
export function changedLabels(set: Labels, changes: Labels, own: Labels): Labels {
  const merged = { ...set, ...changes }
  return Object.fromEntries(Object.entries(merged).filter(([key, value]) => value !== '' || Object.hasOwn(own, key)))
}
