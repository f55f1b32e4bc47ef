import { createMemoryNetwork } from '../../../src/link/memory-network.ts'
import { seededRandom } from '../../../src/system/random.ts'
import { VirtualClock } from '../../../src/system/virtual-clock.ts'
import { networkSuite } from './network-suite.ts'

const HOUR_MS = 3_600_000

networkSuite('the memory network', async () => {
  const clock = new VirtualClock()
  const memory = createMemoryNetwork({ clock, random: seededRandom(1), latencyMs: 5, bytesPerSecond: 10e6 })
  const node = (name: string) => ({
    network: memory.host(name, `fingerprint of ${name}`),
    fingerprint: `fingerprint of ${name}`,
    address: { host: name, port: 0 },
  })
  return {
    main: node('main'),
    other: node('other'),
    async run(promise) {
      let settled = false
      promise
        .catch(() => {})
        .finally(() => {
          settled = true
        })
      await clock.runUntil(() => settled, HOUR_MS)
      return promise
    },
  }
})
