/**
 * Makes text of unknown origin fit for a terminal screen and for one line of a log: nothing in it moves the cursor, changes colours,
 * breaks the line, hides, or turns the direction of what stands beside it.
 */

/**
 * What is written as an escape: control characters (C0, DEL, C1), line and paragraph separators, the marks that steer the direction of
 * writing, characters without any shape of their own, and halves of a surrogate pair. The joiners U+200C and U+200D stay:
 * words of several languages need them.
 */
const UNSAFE = new RegExp(
  [
    '\\p{Cc}', // C0, DEL, C1
    '[\\u2028\\u2029]', // line and paragraph separator
    '\\p{Bidi_Control}',
    '[\\u00ad\\u180e\\u200b\\u2060-\\u2064\\u206a-\\u206f\\ufeff\\ufff9-\\ufffb]', // invisible
    '[\\u{e0000}-\\u{e007f}]', // tags
    '\\p{Cs}', // half a surrogate pair
  ].join('|'),
  'gu',
)

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/** The text with every unsafe character as `\n`, `\r`, `\t` or `\u{…}`. For the eye: it cannot be turned back. */
export function escapeText(text: string): string {
  return text.replace(UNSAFE, (unsafe) => SHORT[unsafe] ?? `\\u{${(unsafe.codePointAt(0) as number).toString(16)}}`)
}
