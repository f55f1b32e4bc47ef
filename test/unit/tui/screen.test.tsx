import { PassThrough } from 'node:stream'
import { render } from 'ink-testing-library'
import { afterEach, describe, expect, test } from 'vitest'
import { VirtualClock } from '../../../src/system/virtual-clock.ts'
import { openScreen, Painted, type Screen } from '../../../src/tui/screen.tsx'

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0)) await end()
})

/** A terminal of 40 columns and 10 rows that keeps what is written to it. */
function fakeTerminal() {
  const stdout = Object.assign(new PassThrough(), { columns: 40, rows: 10, isTTY: true })
  const stdin = Object.assign(new PassThrough(), {
    isTTY: true,
    setRawMode: () => stdin,
    ref: () => stdin,
    unref: () => stdin,
  })
  let written = ''
  stdout.on('data', (bytes: Buffer) => {
    written += bytes.toString()
  })
  return {
    stdout: stdout as unknown as NodeJS.WriteStream,
    stdin: stdin as unknown as NodeJS.ReadStream,
    /** What was written since the last call. */
    take: async () => {
      await new Promise((flushed) => setImmediate(flushed))
      const text = written
      written = ''
      return text
    },
  }
}

function open() {
  const clock = new VirtualClock()
  const terminal = fakeTerminal()
  const shown = { text: 'first', drawn: 0 }
  const screen: Screen = openScreen({
    stdin: terminal.stdin,
    stdout: terminal.stdout,
    clock,
    color: false,
    press: () => {},
    draw: () => {
      shown.drawn++
      return [[{ text: shown.text, tone: 'plain' }]]
    },
  })
  ends.push(() => screen.close())
  return { clock, terminal, shown, screen }
}

describe('a screen of its own', () => {
  test('leaves the terminal as it was', async () => {
    const { terminal, screen } = open()
    expect(await terminal.take()).toContain('\x1b[?1049h')
    await screen.close()
    const written = await terminal.take()
    expect(written).toContain('\x1b[?1049l')
    expect(written).toContain('\x1b[?25h')
  })

  test('draws eight times a second at most, and the newest then', async () => {
    const { clock, shown, screen } = open()
    const before = shown.drawn
    for (let step = 0; step < 100; step++) {
      shown.text = `step ${step}`
      screen.redraw()
      await clock.advance(10)
    }
    expect(shown.drawn - before).toBeGreaterThanOrEqual(7)
    expect(shown.drawn - before).toBeLessThanOrEqual(8)
  })

  test('writes nothing when nothing changed', async () => {
    const { clock, terminal, screen } = open()
    await terminal.take()
    await clock.advance(1000)
    screen.redraw()
    expect(await terminal.take()).toBe('')
  })
})

test.each([
  ['\x1b[A', 'up'],
  ['\x1b[B', 'down'],
  ['\x1b[C', 'right'],
  ['\x1b[D', 'left'],
  ['\x1b[5~', 'pageup'],
  ['\x1b[6~', 'pagedown'],
  ['\x1b[H', 'home'],
  ['\x1b[F', 'end'],
  ['\r', 'enter'],
  ['\t', 'tab'],
  ['\x7f', 'backspace'],
  ['\x03', 'ctrl+c'],
  [' ', 'space'],
  ['G', 'G'],
  ['?', '?'],
  ['ä', 'ä'],
  ['a \rb\x7f', 'a', 'space', 'enter', 'b', 'backspace'],
])('the key %j is %s', (bytes, ...names) => {
  const pressed: string[] = []
  const view = render(<Painted text="" press={(key) => void pressed.push(key)} />)
  ends.push(() => view.unmount())
  view.stdin.write(bytes)
  expect(pressed).toEqual(names)
})
