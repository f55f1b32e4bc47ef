import { render } from 'ink-testing-library'
import { afterEach, describe, expect, test } from 'vitest'
import { LiveTree } from '../../../src/tui/live-tree.tsx'
import { sampleTransfer, sampleTree } from './layout/sample-snapshot.ts'

const mounted: { unmount(): void }[] = []
afterEach(() => {
  for (const view of mounted.splice(0)) view.unmount()
})

function mount(count: number, more: { delivered?: number; elapsedSeconds?: number } = {}) {
  const element = (elapsedSeconds: number) => (
    <LiveTree
      snapshot={sampleTransfer(sampleTree(count, 3, ['receiving', 'active']))}
      elapsedSeconds={elapsedSeconds}
      unicode
      color={false}
    />
  )
  const view = render(element(more.elapsedSeconds ?? 12))
  mounted.push(view)
  return { view, tick: (elapsedSeconds: number) => view.rerender(element(elapsedSeconds)) }
}

describe('the live tree', () => {
  test('draws the transfer and its terminals', () => {
    const frame = mount(5).view.lastFrame() ?? ''
    expect(frame).toMatch(/^transfer 42 {2}photos\.tar .* distributing {2}0:12$/m)
    expect(frame).toMatch(/^├─◐ web1 /m)
    expect(frame).toMatch(/^│ ├─● web4 /m)
  })

  test('draws the newer state in the next frame', () => {
    const { view, tick } = mount(5)
    tick(13)
    expect(view.lastFrame()).toContain('distributing  0:13')
    expect(view.lastFrame()).not.toContain('0:12')
  })

  test('has no escape sequences without colours', () => {
    expect(mount(5).view.lastFrame()).not.toContain('\x1b')
  })

  test('never fills the screen, so that it is redrawn in place', () => {
    const lines = (mount(1000).view.lastFrame() ?? '').split('\n')
    expect(lines.length).toBeLessThanOrEqual(21)
    expect(lines.at(-1)).toMatch(/^\+ \d+ more: /)
  })
})
