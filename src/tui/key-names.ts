/** A key press as one name, such as `up`, `enter`, `ctrl+c` or the character itself. */

import type { Key } from 'ink'

const SPECIAL = [
  ['upArrow', 'up'],
  ['downArrow', 'down'],
  ['leftArrow', 'left'],
  ['rightArrow', 'right'],
  ['pageUp', 'pageup'],
  ['pageDown', 'pagedown'],
  ['home', 'home'],
  ['end', 'end'],
  ['return', 'enter'],
  ['escape', 'escape'],
  ['tab', 'tab'],
  ['backspace', 'backspace'],
  ['delete', 'backspace'],
] as const satisfies readonly (readonly [keyof Key, string])[]

/** The names of what was pressed: several when text was pasted. */
export function keyNames(input: string, key: Key): string[] {
  for (const [member, name] of SPECIAL) if (key[member]) return [name]
  if (key.ctrl) return [`ctrl+${input}`]
  if (key.meta) return []
  return Array.from(input).flatMap(characterNames)
}

/** Keys that come faster than they are read come as one text. */
const NAMED_CHARACTERS: Readonly<Record<string, string>> = {
  ' ': 'space',
  '\r': 'enter',
  '\n': 'enter',
  '\t': 'tab',
  '\x7f': 'backspace',
  '\b': 'backspace',
  '\x03': 'ctrl+c',
}

function characterNames(character: string): string[] {
  const name = NAMED_CHARACTERS[character]
  if (name !== undefined) return [name]
  return character < ' ' ? [] : [character]
}
