import { expect, test } from 'vitest'
import { Recorder } from '../../../src/server/recorder.ts'
import { silentLog } from '../../../src/system/log.ts'
import { silentMeter } from '../../../src/system/meter.ts'
import { newNode, populated } from '../registry/network-fixture.ts'

test('who answers is heard of, and who fails a delivery is not', async () => {
  const { database, clock } = await populated('web1', 'web2')
  const recorder = new Recorder({ clock, database, log: silentLog, meter: silentMeter })
  await clock.advance(60_000)
  recorder.sample({ nodeId: newNode('web1').nodeId, kind: 'response', value: 3 })
  recorder.sample({ nodeId: newNode('web2').nodeId, kind: 'outcome', value: 0 })
  await recorder.flush()
  const seen = (await database.terminals.list()).map(({ lastSeenAt }) => lastSeenAt)
  expect(seen).toEqual([clock.now(), null])
})
