import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { plainText, widthOf } from '../../../src/tui/layout/line.ts'
import { LiveModel, type LiveModelOptions } from '../../../src/tui/live-model.ts'
import { DELIVERY_STATES, type TransferSnapshot } from '../../../src/wire/snapshot.ts'
import { snapshotAt } from '../../support/synthetic-transfer.ts'
import { sampleTerminal, sampleTransfer, sampleTree } from './layout/sample-snapshot.ts'

const MiB = 1024 ** 2
const size = { columns: 80, rows: 23 }

function watch(first: TransferSnapshot, options: Partial<LiveModelOptions> = {}) {
  const model = new LiveModel(first, { unicode: true, keys: true, ownsTransfer: false, detachable: true, ...options })
  const draw = (screen = size) => model.draw(screen, 12.4).map(plainText)
  return {
    model,
    draw,
    text: (screen = size) => draw(screen).join('\n'),
    /** @returns how the last key wanted out */
    press: (...keys: string[]) => keys.map((key) => model.press(key, size)).at(-1),
    /** The rows of terminals. */
    rows: () => draw().filter((line) => /[○◌◐●✕◔⊘] web/.test(line)),
    chosen: () => /▸.*? (web\d+)/.exec(draw().join('\n'))?.[1],
  }
}

const thousand = (seconds = 4, stripes = 1) =>
  snapshotAt({ terminals: 1000, stripes, fanOut: 3, bytes: 24 * MiB, bytesPerSecond: 2 * MiB }, seconds)

describe('the live view', () => {
  test('shows title, properties, totals, speed and a row per terminal, aligned', () => {
    const fromMain = { handle: 0, bytes: 24 * MiB, bytesPerSecond: 0 }
    const fromWeb1 = { handle: 1, bytes: 12 * MiB, bytesPerSecond: 5 * MiB }
    const terminals = [
      sampleTerminal(1, 0, { state: 'active', bytes: 24 * MiB, seconds: 3, responseMs: 0.4, sources: [fromMain] }),
      sampleTerminal(2, 1, { state: 'receiving', bytes: 12 * MiB, bytesPerSecond: 5 * MiB, sources: [fromWeb1] }),
      sampleTerminal(3, 0, { state: 'failed', error: { code: 'E_NO_SPACE', message: '1.2 GiB free, 4.0 GiB needed' } }),
    ]
    const snapshot = sampleTransfer(terminals, { destination: 'web/photos.tar', linkBytesPerSecond: 4 * MiB })
    const lines = watch(snapshot).draw()
    expect(lines).toHaveLength(size.rows)
    expect(lines.slice(0, 9)).toEqual([
      'transfer 42  photos.tar → web/photos.tar                     distributing  0:12',
      '24.0 MiB · classic, fan-out 3 · aes-256-gcm · zstd',
      '━━━━━━━━━━━━━━━━━━╸──────   75 %  1/3 delivered  1 failed',
      '5.0 MiB/s in all · 0:03 left · 2.1 × F/B (6.0 s at 4.0 MiB/s)',
      ' terminal                                              in         out  response',
      ' main                      ━━━━━━━━━━━  100 %',
      ' ├─● web1                  ━━━━━━━━━━━  100 %   8.0 MiB/s   5.0 MiB/s    0.4 ms',
      ' │ ╰─◐ web2                ━━━━━╸─────   50 %   5.0 MiB/s',
      ' ╰─✕ web3                  failed: 1.2 GiB free, 4.0 GiB needed',
    ])
    expect(lines.at(-1)).toContain('? help  q leave')
  })

  test('shows the pusher of a direct push above all, with all of the content', () => {
    const snapshot = sampleTransfer([sampleTerminal(1, 0)], { from: 'pusher', storedBytes: 0 })
    expect(watch(snapshot).draw()).toContainEqual(expect.stringMatching(/^ pusher +━+ +100 %/))
  })

  test('needs nothing but ASCII where the locale has no UTF-8', () => {
    const view = watch(sampleTransfer(sampleTree(60, 3, DELIVERY_STATES), { destination: 'a/b' }), { unicode: false })
    for (const key of ['j', 'enter', 'escape', '?', 'escape', 'e', 'escape', '/']) {
      view.press(key)
      expect(view.text()).toMatch(/^[\n\x20-\x7e]+$/)
    }
    expect(view.text()).toContain('|-* web')
  })

  test('keeps to the screen on every page, for any size, any number of terminals and any names', () => {
    const screen = fc.record({ columns: fc.integer({ min: 1, max: 250 }), rows: fc.integer({ min: 1, max: 60 }) })
    const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
    const key = fc.constantFrom(
      'down',
      'pagedown',
      'end',
      'enter',
      '?',
      'e',
      'd',
      'escape',
      's',
      't',
      'space',
      '-',
      '/',
      'w',
      'c',
    )
    const options = fc.record({
      unicode: fc.boolean(),
      keys: fc.boolean(),
      ownsTransfer: fc.boolean(),
      detachable: fc.boolean(),
    })
    fc.assert(
      fc.property(
        screen,
        fc.integer({ min: 0, max: 80 }),
        name,
        fc.array(key, { maxLength: 8 }),
        options,
        (...drawn) => {
          const [shape, count, odd, keys, how] = drawn
          const terminals = sampleTree(count, 3, DELIVERY_STATES).map((terminal) => ({ ...terminal, name: odd }))
          const model = new LiveModel(sampleTransfer(terminals, { name: odd, stripes: 2 }), how)
          for (const pressed of keys) model.press(pressed, shape)
          for (const lines of [model.draw(shape, 1), model.drawLast(shape, 1)]) {
            expect(lines.length).toBeLessThanOrEqual(shape.rows)
            for (const line of lines.map(plainText)) expect(widthOf(line), line).toBeLessThanOrEqual(shape.columns)
          }
        },
      ),
    )
  })

  test('escapes what others named, on every page', () => {
    const error = { code: 'E_X\x1b', message: 'no\x07 \x1b[2J' }
    const odd = sampleTerminal(1, 0, { name: 'a\x1b[2Jb\u202e', state: 'failed', error })
    const view = watch(sampleTransfer([sampleTerminal(1, 0, { name: odd.name })], { name: 'x\ny\u202e' }))
    view.model.show(sampleTransfer([odd], { name: 'x\ny\u202e' }))
    for (const key of ['escape', 'j', 'enter', 'escape', 'e', 'escape', '/', '\u202e', '\x9b', 'enter']) {
      view.press(key)
      expect(view.draw().join('|')).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u)
    }
  })

  test('has no percent while the length of a pipe is unknown', () => {
    const terminals = [sampleTerminal(1, 0, { state: 'receiving', bytes: 5000 })]
    const lines = watch(sampleTransfer(terminals, { bytes: null, storedBytes: 9000, linkBytesPerSecond: 1e6 })).draw()
    expect(lines[1]).toContain('8.7 KiB so far')
    expect(lines.join('\n')).not.toMatch(/%|F\/B/)
  })

  test('shows a transfer of an empty file as done when it is delivered', () => {
    const snapshot = sampleTransfer([sampleTerminal(1, 0, { state: 'active' })], { bytes: 0, storedBytes: 0 })
    expect(watch(snapshot).draw()[2]).toContain('100 %  1/1 delivered')
  })

  test('says nothing of keys where none are heard', () => {
    expect(watch(sampleTransfer(sampleTree(3, 3, ['receiving'])), { keys: false }).text()).not.toContain('help')
  })
})

describe('with a thousand terminals', () => {
  test('those are shown where something happens, until somebody chooses', () => {
    const view = watch(sampleTransfer(sampleTree(1000, 3, ['active', 'active', 'receiving'])))
    expect(view.rows().at(-1)).toContain('◐')
    expect(view.text()).toMatch(/^ \+ \d+ more: \d+ receiving, \d+ active$/m)
  })

  test('the list goes along with the chosen one', () => {
    const view = watch(thousand())
    view.press('down')
    expect(view.chosen()).toBe('web1')
    expect(view.text()).toMatch(/^ 1-\d+ of 1000, and: /m)
    view.press('G')
    expect(view.rows().at(-1)).toMatch(/^▸/)
    expect(view.text()).toMatch(/-1000 of 1000, and: /)
    view.press('g', 'pagedown', 'pageup')
    expect(view.chosen()).toBe('web1')
    view.press('escape')
    expect(view.chosen()).toBeUndefined()
  })

  test('a filter keeps those that match, and those above them', () => {
    const view = watch(thousand())
    view.press('/', ...'web999', 'enter')
    const names = view.rows().map((row) => /web\d+/.exec(row)?.[0])
    expect(names.at(-1)).toBe('web999')
    expect(names.length).toBeGreaterThan(1)
    expect(view.text()).toContain('/web999')
  })

  test('a filter takes states and errors, too', () => {
    const view = watch(thousand(9))
    view.press('s', '/', ...'failed', 'space', ...'free')
    expect(view.rows().length).toBe(10)
    expect(view.rows().every((row) => row.includes('✕'))).toBe(true)
    view.press('backspace', 'escape')
    expect(view.rows().length).toBeGreaterThan(10)
  })

  test('a filter that nothing matches says so', () => {
    const view = watch(thousand())
    view.press('/', ...'nobody')
    expect(view.text()).toContain('no terminal matches')
  })

  test('subtrees fold, and say how many they hide', () => {
    const view = watch(thousand())
    view.press('down', 'space')
    expect(view.rows()[0]).toMatch(/web1 \+\d{3}/)
    expect(view.rows()[1]).toContain('web2')
    view.press('right')
    expect(view.rows()[1]).toContain('web4')
    view.press('-')
    expect(view.rows()).toHaveLength(3)
    view.press('+')
    expect(view.rows().length).toBeGreaterThan(3)
  })

  test('left goes to the upstream when there is nothing to fold', () => {
    const view = watch(thousand())
    view.press('down', 'down', 'left', 'left')
    expect(view.chosen()).toBe('web1')
  })

  test('they can be listed in other orders', () => {
    const view = watch(thousand(9))
    view.press('S')
    expect(view.text()).toContain('by name')
    expect(view.rows()[0]).toContain('web1 ')
    view.press('S')
    expect(view.text()).toContain('by state')
    expect(view.rows()[0]).toContain('◐')
  })
})

describe('a striped transfer', () => {
  test('shows the tree of one stripe after the other, and all folded into one', () => {
    const view = watch(thousand(4, 3))
    expect(view.text()).toContain('striped, 3 stripes, fan-out 3')
    const trees = ['t', 't', 't', 't'].map((key) => {
      view.press(key)
      return [/stripe \d of 3/.exec(view.text())?.[0], view.rows()[0]]
    })
    expect(trees.map(([title]) => title)).toEqual(['stripe 1 of 3', 'stripe 2 of 3', 'stripe 3 of 3', undefined])
    expect(new Set(trees.slice(0, 3).map(([, row]) => row)).size).toBe(3)
  })
})

describe('one terminal in detail', () => {
  test('is its edges, rates, retries, error and times', () => {
    const sources = [
      { handle: 0, bytes: 5 * MiB, bytesPerSecond: 0 },
      { handle: 1, bytes: 7 * MiB, bytesPerSecond: 2 * MiB },
    ]
    const view = watch(
      sampleTransfer([
        sampleTerminal(1, 0, { state: 'active', bytes: 24 * MiB }),
        sampleTerminal(2, 1, {
          state: 'receiving',
          bytes: 12 * MiB,
          bytesPerSecond: 2 * MiB,
          sources,
          refused: 3,
          attempts: 2,
        }),
        sampleTerminal(3, 2, { state: 'routed' }),
      ]),
    )
    view.press('down', 'down', 'enter')
    const text = view.text()
    expect(text).toMatch(/◐ web2 {2}rank 2 {2}receiving/)
    expect(text).toMatch(/rate +2\.0 MiB\/s in, 0 B\/s out/)
    expect(text).toMatch(/time +about 0:06 left/)
    expect(text).toMatch(/attempts +2 routes · 3 packets refused/)
    expect(text).toMatch(/^main +5\.0 MiB +- +before$/m)
    expect(text).toMatch(/^web1 +7\.0 MiB +2\.0 MiB\/s$/m)
    expect(text).toMatch(/^sends to.*\n^web3 /m)
    view.press('down')
    expect(view.text()).toContain('◌ web3')
    view.press('q')
    expect(view.text()).toContain('terminal ')
  })
})

describe('what happened', () => {
  test('stands below the tree, the newest last, and on a page of its own', () => {
    const before = sampleTransfer(sampleTree(5, 3, ['receiving']), { seconds: 1 })
    const view = watch(before)
    const terminals = before.terminals.map((terminal) =>
      terminal.handle === 1
        ? { ...terminal, state: 'failed' as const, error: { code: 'E_DOWN', message: 'gone' } }
        : terminal.handle === 4
          ? { ...terminal, upstreams: [2] }
          : terminal,
    )
    view.model.show(sampleTransfer(terminals, { seconds: 65 }))
    expect(view.draw().slice(-3, -1)).toEqual([
      '  1:05  web1 failed: gone',
      '  1:05  web4 now receives from web2 instead of web1',
    ])
    view.press('e')
    expect(view.text()).toContain('web1 failed: gone')
  })
})

test('a row has the reason of a failure without the name that it begins with, and the detail page all of it', () => {
  const message = 'terminal web1 refused the transfer: big is a folder there and the content a file: push with --force'
  const failed = sampleTerminal(1, 0, { state: 'failed', error: { code: 'E_DESTINATION', message } })
  const away = { code: 'E_OFFLINE', message: 'terminal web2 is offline: it gets the content when it is back' }
  const view = watch(sampleTransfer([failed, sampleTerminal(2, null, { state: 'pending', error: away })]))
  expect(view.text()).toContain('◔ web2                  pending: offline: it gets the content')
  expect(view.text()).toContain('✕ web1                  failed: refused the transfer: big is a folder')
  view.press('down', 'enter')
  const shown = view.text().replace(/\s+/g, ' ')
  expect(shown).toContain(`error ${message} (E_DESTINATION)`)
})

describe('leaving', () => {
  const small = sampleTransfer(sampleTree(3, 3, ['receiving']))

  test('is q where the transfer goes on without the watcher, and ctrl-c anywhere', () => {
    expect(watch(small).press('q')).toBe('interrupt')
    expect(watch(small).press('/', 'ctrl+c')).toBe('interrupt')
    expect(watch(small).press('?', 'q')).toBeUndefined()
  })

  test('cancels a push, and so is asked for', () => {
    const view = watch(small, { ownsTransfer: true })
    for (const key of ['q', 'c']) {
      expect(view.press(key)).toBeUndefined()
      expect(view.draw().at(-1)).toMatch(/^Cancel transfer 42 for all who lack it\? y yes/)
      expect(view.press('n')).toBeUndefined()
      expect(view.draw().at(-1)).not.toContain('Cancel')
    }
    expect(view.press('c', 'y')).toBe('interrupt')
  })

  test('cannot cancel what is only watched', () => {
    const view = watch(small)
    expect(view.press('c', 'y')).toBeUndefined()
    expect(view.press('d')).toBeUndefined()
  })

  test('with d leaves a push to itself, at once or when asked whether to cancel it', () => {
    const stored = { ...small, contentDigest: 'abc' }
    expect(watch(stored, { ownsTransfer: true }).press('d')).toBe('detach')
    const view = watch(stored, { ownsTransfer: true })
    expect(view.draw().at(-1)).toContain('d detach')
    view.press('q')
    expect(view.draw().at(-1)).toMatch(/\? y yes {2}d detach {2}any other key no$/)
    expect(view.press('d')).toBe('detach')
  })

  test('with d says why a push has to stay, until the next key', () => {
    const uploading = watch({ ...small, storedBytes: 6 * MiB }, { ownsTransfer: true })
    expect(uploading.press('d')).toBeUndefined()
    expect(uploading.draw().at(-1)).toBe('This push has to stay until main has the whole content (25 % so far)')
    expect(uploading.press('down')).toBeUndefined()
    expect(uploading.draw().at(-1)).toContain('? help  q cancel')
    const serving = watch({ ...small, contentDigest: 'abc' }, { ownsTransfer: true, detachable: false })
    expect(serving.draw().at(-1)).not.toContain('detach')
    expect(serving.press('d')).toBeUndefined()
    expect(serving.draw().at(-1)).toContain('This push has to stay to the end')
  })

  test('leaves a drawing without keys, of those that matter where not all fit', () => {
    const { model } = watch(thousand(9))
    const lines = model.drawLast({ columns: 80, rows: 20 }, 9).map(plainText)
    expect(lines.length).toBeLessThanOrEqual(20)
    expect(lines.at(-1)).toMatch(/^ \+ \d+ more: /)
    expect(lines.join('\n')).not.toContain('help')
  })
})

test('the help names every key that does something, on a screen of 24 rows', () => {
  const view = watch(thousand())
  view.press('?')
  for (const label of [
    'up, down',
    'page up',
    'home, end',
    'left',
    'enter',
    '/',
    's, S',
    't',
    'e',
    'd',
    'c',
    'escape',
    'q',
  ])
    expect(
      view.draw().some((line) => line.startsWith(`${label} `)),
      label,
    ).toBe(true)
  expect(view.text()).toContain('F/B')
})
