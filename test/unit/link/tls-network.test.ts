import { connect as connectPlain, createServer } from 'node:net'
import { type ConnectionOptions, connect as connectTls } from 'node:tls'
import { afterEach, describe, expect, test } from 'vitest'
import { createCertificate } from '../../../src/identity/certificate.ts'
import { nodeIdOf } from '../../../src/identity/node-id.ts'
import type { Link, Listener } from '../../../src/link/link.ts'
import { createTlsNetwork } from '../../../src/link/tls-network.ts'
import { systemClock } from '../../../src/system/real-clock.ts'
import { VirtualClock } from '../../../src/system/virtual-clock.ts'

import { networkSuite, Side } from './network-suite.ts'

const certificateOf = (byte: number) => createCertificate({ nodeId: nodeIdOf(new Uint8Array(32).fill(byte)) })
const [main, other] = await Promise.all([certificateOf(1), certificateOf(2)])
const ANY_PORT = { host: '127.0.0.1', port: 0 }

networkSuite('the TLS network', async () => ({
  main: {
    network: createTlsNetwork({ clock: systemClock, ...main }),
    fingerprint: main.fingerprint,
    address: ANY_PORT,
  },
  other: {
    network: createTlsNetwork({ clock: systemClock, ...other }),
    fingerprint: other.fingerprint,
    address: ANY_PORT,
  },
  run: (promise) => promise,
}))

const cleanUp: (() => void)[] = []
afterEach(() => {
  for (const end of cleanUp.splice(0)) end()
})

interface Server {
  readonly listener: Listener
  readonly links: Link[]
  readonly clock: VirtualClock
}

/** A listener whose handshake deadline runs on virtual time. */
async function serve(most: number): Promise<Server> {
  const clock = new VirtualClock()
  const links: Link[] = []
  const network = createTlsNetwork({ clock, ...main, handshakes: { deadlineMs: 10_000, most } })
  const listener = await network.listen(ANY_PORT, (link) => links.push(link))
  cleanUp.push(() => void listener.close())
  return { listener, links, clock }
}

/** A foreign client; resolves when its connection is gone. */
function tlsClientEnds(listener: Listener, options: ConnectionOptions): Promise<void> {
  return new Promise((resolve) => {
    const socket = connectTls({ ...listener.address, rejectUnauthorized: false, ...options })
    socket.on('error', () => {})
    socket.on('close', () => resolve())
    socket.resume()
  })
}

function plainClient(listener: Listener) {
  const socket = connectPlain(listener.address.port, listener.address.host)
  const connected = new Promise<void>((resolve) => socket.once('connect', resolve))
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  socket.on('error', () => {})
  socket.resume()
  cleanUp.push(() => socket.destroy())
  return { socket, connected, closed }
}

describe('a TLS listener', () => {
  const credentials = { cert: other.certificatePem, key: other.privateKeyPem }

  test.each<[string, ConnectionOptions]>([
    ['shows no certificate', { ALPNProtocols: ['treecast/1'] }],
    ['speaks TLS 1.2', { ...credentials, ALPNProtocols: ['treecast/1'], minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' }],
    ['does not name the protocol', credentials],
    ['names another protocol', { ...credentials, ALPNProtocols: ['h2'] }],
  ])('cuts off a client that %s', async (_, options) => {
    const { listener, links } = await serve(10)
    await tlsClientEnds(listener, options)
    expect(links).toEqual([])
  })

  test('cuts off a client that sends no TLS at all', async () => {
    const { listener, links } = await serve(10)
    const { socket, closed } = plainClient(listener)
    socket.write('GET / HTTP/1.1\r\n\r\n')
    await closed
    expect(links).toEqual([])
  })

  test('cuts off a client whose handshake is not done by its deadline, and not before', async () => {
    const { listener, clock } = await serve(1)
    const { socket, connected, closed } = plainClient(listener)
    await connected
    // The listener has seen the first client once it refuses a second one as one too many.
    await plainClient(listener).closed
    await clock.advance(9_999)
    expect(socket.destroyed).toBe(false)
    await clock.advance(1)
    await closed
  })

  test('refuses one unfinished handshake too many, and accepts again when one has ended', async () => {
    const { listener, links } = await serve(2)
    const [first, second] = [plainClient(listener), plainClient(listener)]
    await Promise.all([first.connected, second.connected])
    await plainClient(listener).closed
    first.socket.destroy()
    const network = createTlsNetwork({ clock: systemClock, ...other })
    const dial = () => network.dial(listener.address, { expect: main.fingerprint, deadlineMs: 10_000 })
    let link: Link | undefined
    while (!link) link = await dial().catch(() => undefined)
    const side = new Side(link)
    link.close()
    await side.closed()
    expect(links).toHaveLength(1)
  })

  test('destroys unfinished handshakes when it is closed', async () => {
    const { listener } = await serve(1)
    const { connected, closed } = plainClient(listener)
    await connected
    await plainClient(listener).closed
    await listener.close()
    await closed
  })
})

describe('dialling over TLS', () => {
  async function silentServer() {
    const server = createServer((socket) => {
      socket.on('error', () => {})
      cleanUp.push(() => socket.destroy())
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    cleanUp.push(() => server.close())
    return { host: '127.0.0.1', port: (server.address() as { port: number }).port }
  }

  test('ends at its deadline when the other side accepts and says nothing', async () => {
    const clock = new VirtualClock()
    const network = createTlsNetwork({ clock, ...other })
    const dial = network.dial(await silentServer(), { expect: main.fingerprint, deadlineMs: 3_000 })
    let settled = false
    dial
      .catch(() => {})
      .finally(() => {
        settled = true
      })
    await clock.advance(2_999)
    expect(settled).toBe(false)
    await clock.advance(1)
    await expect(dial).rejects.toMatchObject({ code: 'E_DEADLINE', facts: { deadlineMs: 3_000 } })
  })

  test('says E_UNREACHABLE when the other side does not speak TLS', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => {})
      socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    cleanUp.push(() => server.close())
    const address = { host: '127.0.0.1', port: (server.address() as { port: number }).port }
    const network = createTlsNetwork({ clock: systemClock, ...other })
    const dial = network.dial(address, { expect: main.fingerprint, deadlineMs: 10_000 })
    await expect(dial).rejects.toMatchObject({ code: 'E_UNREACHABLE' })
  })

  test('says E_LISTEN for an address that is not this machine’s', async () => {
    const network = createTlsNetwork({ clock: systemClock, ...other })
    const listen = network.listen({ host: '203.0.113.1', port: 0 }, () => {})
    await expect(listen).rejects.toMatchObject({ code: 'E_LISTEN' })
  })
})
