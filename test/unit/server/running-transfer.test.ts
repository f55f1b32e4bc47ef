import { describe, expect, onTestFinished, test } from 'vitest'
import { RunningTransfer, type RunningTransferOptions } from '../../../src/server/running-transfer.ts'
import { silentLog } from '../../../src/system/log.ts'
import { distribute } from './one-delivery.ts'

/** A transfer that is over, and is owed to its one terminal or not. `ends`: how often it said that it may be let go. */
async function transferThatIsOver(state: 'failed' | 'active') {
  const { clock, distribution, delivery, library, node } = await distribute()
  Object.assign(delivery, { state, error: state === 'failed' ? { code: 'E_STALLED', message: '' } : null })
  let ends = 0
  const transfer = new RunningTransfer({
    ...{ clock, log: silentLog, distribution, content: library.content, isInLibrary: true },
    ...{ incoming: undefined, intake: undefined, tables: undefined, error: null },
    ...{ state: 'partial', age: { startedMsAgo: 0, endedMsAgo: 0 } },
    facts: { transfer: 1 } as RunningTransferOptions['facts'],
    database: {} as RunningTransferOptions['database'],
    recorder: {} as RunningTransferOptions['recorder'],
    events: { ended: () => ends++ } as unknown as RunningTransferOptions['events'],
  })
  onTestFinished(() => transfer.stop())
  return { transfer, distribution, node, ends: () => ends }
}

describe('a transfer that is over', () => {
  test('is let go when the last delivery that was owed is called off', async () => {
    const { transfer, distribution, node, ends } = await transferThatIsOver('failed')
    transfer.changed()
    expect(ends()).toBe(0)
    distribution.supersede(new Set([node]), 2)
    transfer.changed()
    transfer.changed()
    expect(ends()).toBe(1)
  })

  test('has been let go already when nothing was owed', async () => {
    const { transfer, ends } = await transferThatIsOver('active')
    transfer.changed()
    expect(ends()).toBe(0)
  })
})
