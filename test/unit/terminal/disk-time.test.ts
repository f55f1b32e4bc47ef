import { expect, test } from 'vitest'
import { sleep } from '../../../src/system/clock.ts'
import { seededRandom } from '../../../src/system/random.ts'
import { Cluster } from '../../support/cluster/cluster.ts'

test('a receipt tells how long the disk took, and that is the time of the terminal with the slow disk', async () => {
  const cluster = await Cluster.start(2)
  const { clock } = cluster
  const { files } = cluster.terminal('t1')
  const open = files.open.bind(files)
  files.open = async (path, mode) => {
    const file = await open(path, mode)
    for (const name of ['syncData', 'sync'] as const) {
      const sync = file[name].bind(file)
      file[name] = () => sleep(clock, 3000).then(sync)
    }
    return file
  }
  const transfer = await cluster.main.begin({ transfer: 1, fanOut: 2 }, cluster.targets())
  transfer.start()
  await transfer.feed(seededRandom(5).bytes(50_000))
  await cluster.delivered(transfer)

  const [slow, other] = [...transfer.receipts.values()].sort((a, b) => b.diskMs - a.diskMs)
  expect(slow?.node).toBe(cluster.terminal('t1').member.nodeId)
  expect(slow?.diskMs).toBeGreaterThanOrEqual(3000)
  expect(other?.diskMs).toBe(0)
})
