import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { refuseDestination } from '../../../src/content/destination.ts'

const GOOD = [
  'a',
  'intro.mp4',
  'videos/intro.mp4',
  'a/b/c/d/e',
  'release-1.2.3.tar.gz',
  '.hidden',
  '..hidden',
  'a..b',
  'a.b/c.d',
  'with space.txt',
  'access-2026-11-22T16:46:01.log',
  'what?.txt',
  'a*b<c>d|e"f',
  'two  spaces',
  '-dash',
  '~tilde',
  '$HOME',
  '%2e%2e',
  'größe.txt',
  'naïve café',
  '日本語/ファイル.mp4',
  'файл',
  'עברית',
  'مرحبا',
  'αβγ',
  '한국어',
  '🎬.mp4',
  '👩🏽.png',
  'é',
  'e\u0301',
  "it's",
  'a&b;c',
  'a#b',
  'a@b',
  'a+b=c,d',
  '(1)[2]{3}!',
  'console',
  'con1',
  'com',
  'com10',
  'lpt',
  'nulls',
  'aux_',
  'prn-1',
  'treecast',
  '.treecasts',
  'x.treecast',
  'a'.repeat(255),
  'ä'.repeat(127),
  Array(32).fill('d').join('/'),
] as const

const WINDOWS_DEVICES = [
  'con',
  'PRN',
  'aux',
  'NUL',
  'com1',
  'COM9',
  'lpt1',
  'LPT9',
  'com0',
  'COM²',
  'lpt³',
  'conin$',
  'CONOUT$',
]

const HOSTILE = [
  '',
  '/',
  '//',
  '/etc/passwd',
  '//host/share',
  '.',
  '..',
  '../a',
  'a/..',
  'a/../b',
  'a/../../b',
  './a',
  'a/.',
  'a/./b',
  'a//b',
  'a/',
  'a/b/',
  '\\',
  'a\\b',
  '..\\a',
  '\\\\host\\share',
  'C:',
  'c:\\x',
  'C:/x',
  'c:x',
  'name.',
  'name..',
  'dir./file',
  'name ',
  ' name',
  'dir /file',
  '...',
  ' ',
  '. .',
  ...WINDOWS_DEVICES,
  ...WINDOWS_DEVICES.map((name) => `${name}.txt`),
  ...WINDOWS_DEVICES.map((name) => `a/${name}/b`),
  'con .txt',
  'nul.tar.gz',
  '.treecast',
  '.TreeCast',
  'a/.treecast/b',
  '.treecast/1.part',
  'a\0b',
  'a\nb',
  'a\rb',
  'a\tb',
  'a\x1b[31mb',
  'a\x7fb',
  'a\x80b',
  'a\x9bb',
  'a\u061cb',
  'a\u200bb',
  'a\u200cb',
  'a\u200eb',
  'a\u200fb',
  'a\u2028b',
  'a\u2029b',
  'a\u202ab',
  'a\u202eb',
  'exe.\u202egpj',
  'a\u2060b',
  'a\u2066b',
  'a\u2069b',
  '\ufeffa',
  'a\ufffe',
  'a\uffff',
  'a\ud800',
  '\udc00a',
  'a'.repeat(256),
  'ä'.repeat(128),
  `${'a'.repeat(200)}/`.repeat(6),
  'a/'.repeat(600),
  Array(33).fill('d').join('/'),
] as const

describe('a destination', () => {
  test.each(GOOD)('%j may be one', (path) => {
    expect(refuseDestination(path)).toBeUndefined()
  })

  test.each(HOSTILE)('%j is refused', (path) => {
    expect(refuseDestination(path)).toMatchObject({ code: 'E_DESTINATION' })
  })

  test('the table of hostile names is a long one', () => {
    expect(new Set(HOSTILE).size).toBeGreaterThan(100)
  })

  test('every control character is refused, wherever it stands', () => {
    for (let code = 0; code < 0xa0; code++) {
      if (code >= 0x20 && code < 0x7f) continue
      const character = String.fromCharCode(code)
      for (const path of [character, `${character}a`, `a${character}`, `a/${character}b`]) {
        expect(refuseDestination(path), code.toString(16)).toBeDefined()
      }
    }
  })

  test('what is allowed never leaves its folder, and means one path only', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 8 }), { minLength: 1, maxLength: 5 }), (parts) => {
        const path = parts.join('/')
        if (refuseDestination(path) !== undefined) return
        const { pathname } = new URL(`x:/inbox/${path.split('/').map(encodeURIComponent).join('/')}`)
        expect(pathname.split('/').slice(2).map(decodeURIComponent).join('/')).toBe(path)
        expect(path.startsWith('/')).toBe(false)
      }),
    )
  })

  test('the message shows a hostile name escaped, and not all of a long one', () => {
    expect(refuseDestination('a\x1b[31m\u202e')?.message).not.toMatch(/[\p{Cc}\u202e]/u)
    expect(refuseDestination('a'.repeat(100_000))?.message.length).toBeLessThan(500)
  })
})
