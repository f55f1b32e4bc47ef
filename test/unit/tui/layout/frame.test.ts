import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { drawFrame } from '../../../../src/tui/layout/frame.ts'
import { plainText, widthOf } from '../../../../src/tui/layout/line.ts'
import { DELIVERY_STATES } from '../../../../src/wire/snapshot.ts'
import { sampleTerminal, sampleTransfer, sampleTree } from './sample-snapshot.ts'

const screen = { columns: 80, rows: 24, unicode: true, elapsedSeconds: 12.4 }
const draw = (...args: Parameters<typeof drawFrame>) => drawFrame(...args).map(plainText)

describe('the frame of a transfer', () => {
  test('shows title, properties, totals and a row per terminal, aligned', () => {
    const MiB = 1024 ** 2
    const terminals = [
      sampleTerminal(1, 0, { state: 'active', bytes: 24 * MiB, seconds: 3, responseMs: 0.4 }),
      sampleTerminal(2, 1, { state: 'receiving', bytes: 12 * MiB, bytesPerSecond: 5 * MiB, responseMs: 1.44 }),
      sampleTerminal(3, 0, { state: 'failed', error: { code: 'E_NO_SPACE', message: '1.2 GiB free, 4.0 GiB needed' } }),
    ]
    expect(draw(sampleTransfer(terminals, { destination: 'web/photos.tar' }), screen)).toEqual([
      'transfer 42  photos.tar → web/photos.tar                     distributing  0:12',
      '24.0 MiB · classic, fan-out 3 · aes-256-gcm · zstd          5.0 MiB/s  ETA 0:03',
      '━━━━━━━━━━━━━━━━━━╸──────   75 %  1/3 delivered  1 failed',
      '',
      'terminal                                          bytes          rate  response',
      'main                     ━━━━━━━━━━━  100 %    24.0 MiB',
      '├─● web1                 ━━━━━━━━━━━  100 %    24.0 MiB     8.0 MiB/s    0.4 ms',
      '│ ╰─◐ web2               ━━━━━╸─────   50 %    12.0 MiB     5.0 MiB/s    1.4 ms',
      '╰─✕ web3                 failed: 1.2 GiB free, 4.0 GiB needed',
    ])
  })

  test('needs nothing but ASCII where the locale has no UTF-8', () => {
    const terminals = sampleTree(60, 3, DELIVERY_STATES)
    const text = draw(sampleTransfer(terminals, { destination: 'a/b' }), { ...screen, unicode: false }).join('\n')
    expect(text).toMatch(/^[\n\x20-\x7e]+$/)
    expect(text).toContain('|-* web')
  })

  test('says what did not fit', () => {
    const lines = draw(sampleTransfer(sampleTree(1000, 3, ['receiving'])), screen)
    expect(lines).toHaveLength(24)
    expect(lines.at(-1)).toBe('+ 983 more: 983 receiving')
  })

  test('keeps to the screen for any size, any number of terminals and any names', () => {
    const view = fc.record({
      columns: fc.integer({ min: 1, max: 250 }),
      rows: fc.integer({ min: 1, max: 60 }),
      unicode: fc.boolean(),
      elapsedSeconds: fc.constant(1),
    })
    const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
    fc.assert(
      fc.property(view, fc.integer({ min: 0, max: 80 }), name, (size, count, odd) => {
        const terminals = sampleTree(count, 3, DELIVERY_STATES).map((terminal) => ({ ...terminal, name: odd }))
        const lines = draw(sampleTransfer(terminals, { name: odd }), size)
        expect(lines.length).toBeLessThanOrEqual(size.rows)
        for (const line of lines) expect(widthOf(line), line).toBeLessThanOrEqual(size.columns)
      }),
    )
  })

  test('escapes what others named', () => {
    const terminals = [sampleTerminal(1, 0, { name: 'a\x1b[2Jb' })]
    const text = draw(sampleTransfer(terminals, { name: 'x\ny\u202e' }), screen).join('|')
    expect(text).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u)
  })

  test('has no percent while the length of a pipe is unknown', () => {
    const terminals = [sampleTerminal(1, 0, { state: 'receiving', bytes: 5000 })]
    const lines = draw(sampleTransfer(terminals, { bytes: null, storedBytes: 9000 }), screen)
    expect(lines[1]).toContain('8.7 KiB so far')
    expect(lines.join('\n')).not.toContain('%')
  })

  test('shows a transfer of an empty file as done when it is delivered', () => {
    const terminals = [sampleTerminal(1, 0, { state: 'active' })]
    expect(draw(sampleTransfer(terminals, { bytes: 0, storedBytes: 0 }), screen)[2]).toContain('100 %  1/1 delivered')
  })
})
