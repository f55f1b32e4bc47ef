import { expect, onTestFinished, test } from 'vitest'
import { createMemoryNetwork } from '../../../src/link/memory-network.ts'
import { codeOf } from '../../../src/system/errors.ts'
import { silentLog } from '../../../src/system/log.ts'
import { seededRandom } from '../../../src/system/random.ts'
import { VirtualClock } from '../../../src/system/virtual-clock.ts'
import { SocketControl, type SocketUser } from '../../../src/terminal/socket-control.ts'
import { LIMITS } from '../../../src/wire/limits.ts'

const ignore = () => undefined

/** A relay that listens, and terminals that cannot be dialled. */
async function world() {
  const clock = new VirtualClock()
  const memory = createMemoryNetwork({ clock, random: seededRandom(1), latencyMs: 1 })
  const heard: string[] = []
  const summoned: string[] = []
  const node = (name: string) => {
    const user: SocketUser = {
      ...{ welcome: ignore, packet: ignore, drained: ignore },
      summon: (fingerprint) => summoned.push(fingerprint),
      message: (_conversation, message) => heard.push(`${name} ${message.name}`),
      closed: (_conversation, error) => heard.push(`${name} closed ${error && codeOf(error)}`),
    }
    const facts = { role: 'terminal', software: 'test', leaf: false } as const
    const network = memory.host(name, `of ${name}`)
    const sockets = new SocketControl({ network, clock, log: silentLog, ...facts }, user)
    onTestFinished(() => sockets.stop())
    return sockets
  }
  const relay = node('relay')
  await relay.start({ host: 'relay', port: 7717 })
  const relayPeer = { fingerprint: 'of relay', address: { host: 'relay', port: 7717 } }
  return { clock, heard, summoned, relay, relayPeer, node }
}

const WALLED = { fingerprint: 'of walled', address: undefined }

test('who cannot be dialled is summoned, and served over the link that it opens', async () => {
  const { clock, heard, summoned, relay, relayPeer, node } = await world()
  const used = relay.use(WALLED, 'data')
  expect(summoned).toEqual(['of walled'])
  node('walled').openFeed(relayPeer)
  await clock.advance(100)
  const feed = await used
  feed.send('cancel', { transfer: 1, code: 'E_CANCELLED', message: '' })
  await clock.advance(100)
  expect(heard).toEqual(['walled cancel'])
  expect(await relay.use(WALLED, 'data')).toBe(feed)
  expect(summoned).toHaveLength(1)
})

test('one that does not come in time counts as unreachable, and is summoned again the next time', async () => {
  const { clock, summoned, relay } = await world()
  const used = relay.use(WALLED, 'data').catch(codeOf)
  await clock.advance(LIMITS.dialMs)
  expect(await used).toBe('E_UNREACHABLE')
  relay.use(WALLED, 'data').catch(ignore)
  expect(summoned).toHaveLength(2)
})

test('one that was not summoned is refused', async () => {
  const { clock, heard, relayPeer, node } = await world()
  node('walled').openFeed(relayPeer)
  await clock.advance(100)
  expect(heard).toContain('walled refused')
})
