/**
 * Which names content may bring onto a disk. They are refused, never repaired: a name that is changed on the way is another name.
 *
 * The rules are those of the strictest system that a copy may be handed on to, with two exceptions that people's files need: the
 * characters < > : " | ? * (but no drive letter), and the joiners U+200C and U+200D, without which some words and emoji fall apart.
 */

const MAX_NAME_BYTES = 255

/** Device names that Windows keeps for itself, with or without an ending; it takes no notice of spaces before that. */
const RESERVED = /^(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³]) *([.:].*)?$/i
/** Control characters, those that steer the direction of writing or have no shape, and code points that are no characters. */
const UNSAFE_CHARACTER =
  /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\u00ad\u180e\u200b\u2060-\u206f\ufeff\ufff9-\ufffb\ufdd0-\ufdef\p{Noncharacter_Code_Point}\u{e0000}-\u{e007f}]/u
const LONE_SURROGATE = /\p{Surrogate}/u
/** What some file systems pass over when they compare names. */
const IGNORED = /\p{Default_Ignorable_Code_Point}/gu
/** What is its own fold. */
const PLAIN = /^[a-z0-9._-]*$/
const DRIVE_LETTER = /^[a-z]:/i

/** Why a file, folder or link must not be called `name`; undefined when it may. */
export function refuseName(name: string): string | undefined {
  if (name === '') return 'has an empty part'
  if (name === '.' || name === '..') return `has the part '${name}'`
  if (name.includes('/') || name.includes('\\')) return 'has a / or \\ in a name'
  if (Buffer.byteLength(name) > MAX_NAME_BYTES) return `has a name longer than ${MAX_NAME_BYTES} bytes`
  if (UNSAFE_CHARACTER.test(name) || LONE_SURROGATE.test(name)) return 'has a control, invisible or invalid character'
  if (DRIVE_LETTER.test(name)) return 'begins with a drive letter'
  if (name.endsWith('.') || name.endsWith(' ')) return 'has a name that ends with a dot or space'
  if (RESERVED.test(name)) return `has the reserved device name '${name}'`
  return undefined
}

/** Two names that some file system takes for the same one have the same fold: normal forms and cases are made one. */
export function foldName(name: string): string {
  if (PLAIN.test(name)) return name
  return name.replace(IGNORED, '').normalize('NFKD').toUpperCase().toLowerCase().normalize('NFKC')
}
