import { EventEmitter } from 'node:events'
import { describe, expect, test } from 'vitest'
import { interruption, leaveOnInterruption } from '../../../src/cli/interrupted-work.ts'
import { listenToInterruptions } from '../../../src/cli/interruptions.ts'
import { VirtualClock } from '../../../src/system/virtual-clock.ts'

function listening() {
  const source = new EventEmitter()
  const heard: string[] = []
  const interruptions = listenToInterruptions(source, (isFirst) => heard.push(isFirst ? 'before it began' : 'at once'))
  return { source, heard, interruptions }
}

describe('signals', () => {
  test('the first asks for a clean end, the second ends at once, whichever they are', () => {
    const { source, heard, interruptions } = listening()
    interruptions.onFirst(() => heard.push('cleanly'))
    source.emit('SIGINT')
    expect(heard).toEqual(['cleanly'])
    source.emit('SIGTERM')
    expect(heard).toEqual(['cleanly', 'at once'])
    expect(interruptions.interrupted).toBe(true)
  })

  test('the first ends at once while there is nothing to end cleanly', () => {
    const { source, heard } = listening()
    source.emit('SIGTERM')
    expect(heard).toEqual(['before it began'])
  })
})

describe('work that is interrupted', () => {
  const leaving = (clock: VirtualClock, cancel: () => Promise<void>, what = 'transfer 7') => ({
    clock,
    cancel,
    what: () => what,
  })

  test('is cancelled and waited for', async () => {
    const { source, interruptions } = listening()
    const stopped = interruption(interruptions)
    const work = Promise.withResolvers<string>()
    const cancel = async () => work.resolve('cancelled')
    const left = leaveOnInterruption(work.promise, stopped, leaving(new VirtualClock(), cancel))
    source.emit('SIGINT')
    await expect(left).rejects.toMatchObject({ code: 'E_INTERRUPTED', message: 'interrupted: transfer 7 is cancelled' })
  })

  test('is left when the main server does not confirm in time', async () => {
    const { source, interruptions } = listening()
    const clock = new VirtualClock()
    const never = new Promise<never>(() => {})
    const left = leaveOnInterruption(
      never,
      interruption(interruptions),
      leaving(clock, () => never),
    )
    const refusal = expect(left).rejects.toThrow(
      'interrupted, but the main server did not confirm that transfer 7 is cancelled',
    )
    source.emit('SIGINT')
    await clock.advance(5000)
    await refusal
  })

  test('gives its own result and its own error when nobody interrupts', async () => {
    const stopped = interruption(listening().interruptions)
    const cancel = async () => expect.unreachable()
    expect(await leaveOnInterruption(Promise.resolve(1), stopped, leaving(new VirtualClock(), cancel))).toBe(1)
    const failing = leaveOnInterruption(Promise.reject(new Error('lost')), stopped, leaving(new VirtualClock(), cancel))
    await expect(failing).rejects.toThrow('lost')
  })
})
