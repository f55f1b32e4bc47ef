import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { loadOrCreateIdentity } from '../../../src/identity/identity-store.ts'
import { type Hello, openConversation } from '../../../src/link/conversation.ts'
import { createMemoryNetwork } from '../../../src/link/memory-network.ts'
import { startMainServer } from '../../../src/server/main-server.ts'
import { codeOf } from '../../../src/system/errors.ts'
import { silentLog } from '../../../src/system/log.ts'
import { seededRandom } from '../../../src/system/random.ts'
import { systemFiles } from '../../../src/system/real-files.ts'
import { VirtualClock } from '../../../src/system/virtual-clock.ts'
import { LIMITS } from '../../../src/wire/limits.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const ADDRESS = { host: 'main', port: 7717 }
/** Longer than anything takes on the modelled network, shorter than any deadline. */
const ROUND_TRIPS_MS = 20

const STRANGER = 'of a stranger'

/** A main server on the modelled network, with its database in a folder. */
async function startMain() {
  const clock = new VirtualClock()
  const random = seededRandom(1)
  const memory = createMemoryNetwork({ clock, random, latencyMs: 1 })
  const [home, files] = [temporaryFolder(), systemFiles]
  const operatorFolder = join(home, 'operator')
  let fingerprint = ''
  const main = await startMainServer({
    ...{ folder: join(home, 'serve'), operatorFolder, listen: ADDRESS, policy: { fanOut: 3 } },
    ...{ clock, random, files, log: silentLog, version: 'test' },
    network: (identity) => {
      fingerprint = identity.certificate.fingerprint
      return memory.host('main', fingerprint)
    },
  })
  onTestFinished(() => main.stop())
  const operator = await loadOrCreateIdentity({ folder: operatorFolder, files, random })
  return {
    clock,
    /** A conversation of the machine's own operator, or of a stranger. */
    async greet(purpose: Hello['purpose']) {
      const shown = purpose === 'operator' ? operator.certificate.fingerprint : STRANGER
      const dialled = memory.host(purpose, shown).dial(ADDRESS, { expect: fingerprint, deadlineMs: 1000 })
      await clock.advance(ROUND_TRIPS_MS)
      const heard: unknown[] = []
      const conversation = openConversation(await dialled, { role: 'newcomer', purpose, software: 'test' }, clock)
      conversation.attach({
        message: (message) => heard.push(message),
        closed: (error) => heard.push(error && codeOf(error)),
      })
      await clock.advance(ROUND_TRIPS_MS)
      return { conversation, heard }
    },
  }
}

describe('a newcomer', () => {
  test('that says HELLO and no ENROL loses its link in time', async () => {
    const { clock, greet } = await startMain()
    const { conversation, heard } = await greet('enrol')
    await clock.advance(LIMITS.authoriseMs - 3 * ROUND_TRIPS_MS)
    expect([conversation.open, heard]).toEqual([true, []])
    await clock.advance(3 * ROUND_TRIPS_MS)
    expect([conversation.open, heard]).toEqual([false, ['E_LINK_LOST']])
  })
})

test('an operator is admitted by its certificate, and may be silent', async () => {
  const { clock, greet } = await startMain()
  const { conversation, heard } = await greet('operator')
  await clock.advance(2 * LIMITS.authoriseMs)
  expect([conversation.open, heard]).toEqual([true, []])
})
