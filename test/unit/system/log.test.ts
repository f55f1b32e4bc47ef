import { describe, expect, test } from 'vitest'
import { TreecastError } from '../../../src/system/errors.ts'
import { escapeText } from '../../../src/system/escape-text.ts'
import type { LogLevel } from '../../../src/system/log.ts'
import { createLog } from '../../../src/system/log-pino.ts'
import { createMemoryLog } from '../../../src/system/memory-log.ts'
import { VirtualClock } from '../../../src/system/virtual-clock.ts'

function openLog(level: LogLevel = 'debug', colour = false) {
  const written: string[] = []
  const log = createLog({ level, colour, clock: new VirtualClock(), stream: { write: (text) => written.push(text) } })
  return { log, written }
}

describe('escapeText', () => {
  test.each([
    ['a\nb\r\tc', 'a\\nb\\r\\tc'],
    ['\u001b[2Jgone', '\\u{1b}[2Jgone'],
    ['\u0000\u007f\u0085\u009b', '\\u{0}\\u{7f}\\u{85}\\u{9b}'],
    ['invoice\u202efdp.exe', 'invoice\\u{202e}fdp.exe'],
    ['\u2066\u2069\u200e\u200f\u061c', '\\u{2066}\\u{2069}\\u{200e}\\u{200f}\\u{61c}'],
    ['a\u2028b\u2029c', 'a\\u{2028}b\\u{2029}c'],
    ['ad\u200bmin\ufeff\u00ad\u2060', 'ad\\u{200b}min\\u{feff}\\u{ad}\\u{2060}'],
    ['\u{e0041}', '\\u{e0041}'],
    ['\ud800x\udc00', '\\u{d800}x\\u{dc00}'],
  ])('writes %j as %j', (text, escaped) => {
    expect(escapeText(text)).toBe(escaped)
  })

  test.each([
    'plain text, "quotes" and \\',
    'Grüße',
    '日本語',
    'שלום',
    '👩‍👩‍👧',
    '\u0646\u0645\u06cc\u200c\u062f\u0627\u0646\u0645',
  ])('leaves %s alone', (text) => {
    expect(escapeText(text)).toBe(text)
  })
})

describe('the log on stderr', () => {
  test('is one JSON object a line for machines, bounded and without control characters', () => {
    const written: string[] = []
    const stream = { write: (text: string) => written.push(text) }
    const log = createLog({ level: 'info', format: 'json', colour: false, clock: new VirtualClock(), stream })
    const error = new TreecastError('E_X', 'no\x1b\x9b')
    const derived = log.with({ transfer: 7 })
    derived.warn('packet\nrefused', { error, long: 'x'.repeat(5000), none: undefined })
    expect(written).toHaveLength(1)
    expect(written[0]).toMatch(/^\P{Cc}+\n$/u)
    const { facts, ...line } = JSON.parse(written[0] ?? '')
    expect(line).toEqual({ level: 'warn', time: '2026-01-01T00:00:00.000Z', event: 'packet\nrefused' })
    expect(facts).toEqual({ transfer: 7, error: 'E_X: no\x1b\x9b', long: expect.stringMatching(/^x{500}…$/) })
  })

  test('changes its level while it is in use', () => {
    const written: string[] = []
    const log = createLog({ level: 'info', colour: false, stream: { write: (text) => written.push(text) } })
    const derived = log.with({ transfer: 7 })
    derived.debug('unheard')
    log.setLevel('debug')
    derived.debug('heard')
    expect(written.join('')).toMatch(/^.*heard {2}transfer=7\n$/)
    expect(written.join('')).not.toContain('unheard')
  })

  test('writes one line an event: time, level, event, facts', () => {
    const { log, written } = openLog()
    log.info('packet refused', {
      index: 12,
      terminal: 'web7',
      why: 'wrong digest',
      held: false,
      none: undefined,
      empty: '',
    })
    expect(written).toHaveLength(1)
    expect(written[0]).toMatch(/^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}\] INFO: /)
    expect(written[0]).toMatch(/packet refused {2}index=12 terminal=web7 why="wrong digest" held=false empty=""\n$/)
  })

  test('writes an event without facts as it is', () => {
    const { log, written } = openLog()
    log.warn('ready')
    expect(written[0]).toMatch(/ WARN: ready\n$/)
  })

  test('keeps hostile facts on their line and away from the terminal', () => {
    const { log, written } = openLog()
    log.error('refused\u001b[2K', {
      name: 'x\n2026-01-01 INFO: forged \u001b[31m\u202e',
      list: ['\u001b]0;title\u0007'],
      'k\ney': 1,
    })
    expect(written.join('').match(/\n/g)).toHaveLength(1)
    expect(written.join('')).toContain('x\\n2026-01-01 INFO: forged \\u{1b}[31m\\u{202e}')
    expect(escapeText(written.join('').trimEnd())).toBe(written.join('').trimEnd())
  })

  test('cuts a value that is too long', () => {
    const { log, written } = openLog()
    log.info('e', { long: 'z'.repeat(10_000) })
    expect(written.join('').length).toBeLessThan(700)
  })

  test('says an error by its code and message, bytes by their number, and survives what cannot be written as JSON', () => {
    const { log, written } = openLog()
    const circle: { self?: unknown } = {}
    circle.self = circle
    log.info('e', { error: new TreecastError('E_SILENT', 'gone'), bytes: new Uint8Array(3), big: { n: 5n }, circle })
    expect(written[0]).toContain('error="E_SILENT: gone" bytes="3 bytes" big="{\\"n\\":\\"5\\"}" circle=')
  })

  test('leaves out what is below its level', () => {
    const { log, written } = openLog('warn')
    log.debug('a')
    log.info('b')
    log.warn('c')
    log.error('d')
    expect(written.map((line) => line.trim().at(-1))).toEqual(['c', 'd'])
  })

  test('adds the facts of with(), also the name of a field of its own', () => {
    const { log, written } = openLog()
    log.with({ terminal: 'a', level: 'x' }).with({ msg: 'y' }).info('e', { time: 'z' })
    expect(written[0]).toMatch(/ INFO: e {2}terminal=a level=x msg=y time=z\n$/)
  })

  test('colours only when it is told to', () => {
    const { log, written } = openLog('debug', true)
    log.info('e')
    expect(written[0]).toContain('\u001b[')
    const plain = openLog()
    plain.log.info('e')
    expect(plain.written[0]).not.toContain('\u001b[')
  })
})

describe('the log in memory', () => {
  test('keeps every line with all its facts', () => {
    const log = createMemoryLog()
    log.with({ a: 1 }).warn('w', { b: 2 })
    log.debug('d')
    expect(log.lines).toEqual([
      { level: 'warn', event: 'w', facts: { a: 1, b: 2 } },
      { level: 'debug', event: 'd', facts: {} },
    ])
  })
})
