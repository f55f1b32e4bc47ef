/** Names that must not come onto any disk, by what is wrong with them. */

const RESERVED = ['con', 'prn', 'aux', 'nul', 'conin$', 'conout$']
const NUMBERED = ['1', '2', '3', '9', '¹', '²', '³'].flatMap((digit) => [`com${digit}`, `lpt${digit}`])

const code = (point: number) => String.fromCodePoint(point)
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, k) => from + k)

export const HOSTILE_NAMES: Readonly<Record<string, readonly string[]>> = {
  'leads elsewhere': [
    '',
    '.',
    '..',
    '/',
    '/etc',
    'a/b',
    '../x',
    'a/',
    '/..',
    '..\\x',
    '\\',
    'a\\b',
    '\\\\host\\share',
    '\\??\\c',
  ],
  'begins with a drive letter': ['c:', 'C:', 'c:x', 'Z:\\x', 'a:b.txt', 'z:stream'],
  'has a control character': [...range(0, 0x1f), ...range(0x7f, 0x9f)].map((point) => `a${code(point)}b`),
  'steers the direction of writing': [0x061c, 0x200e, 0x200f, ...range(0x202a, 0x202e), ...range(0x2066, 0x2069)].map(
    (point) => `invoice${code(point)}fdp.exe`,
  ),
  'breaks the line': ['a\u2028b', 'a\u2029b'],
  'has characters without a shape': [0x00ad, 0x180e, 0x200b, ...range(0x2060, 0x2065), ...range(0x206a, 0x206f), 0xfeff]
    .concat(range(0xfff9, 0xfffb), range(0xe0020, 0xe007f))
    .map((point) => `a${code(point)}b`),
  'has what is no character': [...range(0xfdd0, 0xfdef), 0xfffe, 0xffff, 0x1fffe, 0x1ffff, 0x10fffe, 0x10ffff].map(
    (point) => `a${code(point)}b`,
  ),
  'has half a surrogate pair': ['a\ud800', '\udc00b', 'a\udbffb', '\ude00\ud83d'],
  'is a device': [...RESERVED, ...NUMBERED].flatMap((name) => [
    name,
    name.toUpperCase(),
    `${name}.txt`,
    `${name} .tar.gz`,
  ]),
  'is a device with a stream': ['nul:x', 'aux:stream'],
  'ends with a dot or space': ['a.', 'a..', 'a ', 'a. ', '...', ' ', 'con.', 'a.txt ', 'ü.'],
  'is too long': ['x'.repeat(256), 'ü'.repeat(128), '世'.repeat(86), '👩'.repeat(64)],
}

/** Names that people have. */
export const GOOD_NAMES: readonly string[] = [
  ...[
    'a',
    'A.txt',
    '.hidden',
    '..a',
    '...a',
    ' leading',
    'two  spaces',
    "quote'",
    'semi;colon',
    '$HOME',
    '`x`',
    '-rf',
    '~',
    '#',
    '%41',
  ],
  ...[
    'File::Spec.3pm',
    'a<b>',
    'what?',
    'star*',
    'pipe|',
    '"quoted"',
    'a=b',
    '[x]',
    '{y}',
    '@scope',
    'a+b',
    'a&b',
    '!',
    'tilde~1',
  ],
  ...['console', 'com', 'com10', 'lpt', 'nulls', 'auxiliary', 'prn-1', 'conx.txt', 'xcon'],
  ...[
    'ünï',
    'e\u0301',
    '世界',
    'שלום',
    'مرحبا',
    'नमस्ते',
    'می\u200cخواهم',
    '👩\u200d💻',
    'Ω',
    'ﬁ',
    'ß',
    'İ',
    '𝒳',
    '\u00a0nbsp',
  ],
  ...['x'.repeat(255), 'ü'.repeat(127), '👩'.repeat(63)],
]
