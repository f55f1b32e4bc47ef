/** `--label KEY=VALUE`, `--group NAME`: checked before anything is started. */

import { isGroupName, type Labels, labelsOf, MAX_GROUPS, MAX_LABELS, parseLabel } from '../wire/labels.ts'
import { usageError } from './usage-error.ts'

/**
 * The labels of a command line.
 * @param removable whether `KEY=`, which takes a label away, makes sense
 * @throws E_USAGE
 */
export function readLabels(texts: readonly string[], { removable }: { removable: boolean }): Labels {
  for (const text of texts) {
    const label = parseLabel(text)
    if (label === undefined) {
      throw usageError(
        `--label is '${text}', but must be KEY=VALUE, such as role=web, of letters, digits and . - _ (in VALUE also : and +)`,
      )
    }
    if (label.value === '' && !removable)
      throw usageError(`--label is '${text}', which has no value: write ${text}VALUE`)
  }
  if (texts.length > MAX_LABELS) throw usageError(`--label is given ${texts.length} times, but at most ${MAX_LABELS}`)
  return labelsOf(texts)
}

/** @throws E_USAGE naming `option` */
export function readGroups(option: string, names: readonly string[]): string[] {
  const wrong = names.find((name) => !isGroupName(name))
  if (wrong !== undefined) {
    const meant = wrong.startsWith('@') && isGroupName(wrong.slice(1)) ? `. Did you mean ${wrong.slice(1)}?` : ''
    throw usageError(`${option} is '${wrong}', but must be a name of letters, digits and . - _${meant}`)
  }
  if (names.length > MAX_GROUPS) throw usageError(`${option} is given ${names.length} times, but at most ${MAX_GROUPS}`)
  return [...names]
}
