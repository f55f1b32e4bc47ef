/** The proxy over real sockets. Where time matters it runs on a clock that the test moves. */

import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { VirtualClock } from '../../../../src/system/virtual-clock.ts'
import { FaultProxy, type FaultProxyOptions } from '../../../support/fault-proxy/fault-proxy.ts'

const MEBIBYTE = 1024 * 1024

describe('without faults', () => {
  test('bytes go through unchanged, both ways, and so does the end of each direction', async () => {
    const { client, server } = await proxied()
    client.write('question')
    await expectReceived(server, 'question')
    client.end()
    await once(server.socket, 'end')
    server.socket.end('answer')
    await once(client, 'end')
    await expectReceived(received(client), 'answer')
  })

  test('a large amount arrives whole though the receiver reads late', async () => {
    const { client, server } = await proxied()
    const content = Buffer.alloc(8 * MEBIBYTE, 'treecast')
    server.socket.pause()
    client.end(content)
    await vi.waitFor(() => expect(client.bytesWritten).toBeGreaterThan(0))
    server.socket.resume()
    await once(server.socket, 'end')
    expect(Buffer.concat(server.pieces).equals(content)).toBe(true)
  })

  test('a connection that both sides have ended is forgotten', async () => {
    const { client, server, proxy } = await proxied()
    expect(proxy.connections).toBe(1)
    client.end()
    await once(server.socket, 'end')
    server.socket.end()
    await vi.waitFor(() => expect(proxy.connections).toBe(0))
  })
})

describe('a slow line', () => {
  test('delivers after its latency and not before', async () => {
    const clock = new VirtualClock()
    const { client, server, proxy } = await proxied({ clock, faults: { latencyMs: 50 } })
    client.write('late')
    await vi.waitFor(() => expect(proxy.heldBytes).toBe(4))
    await clock.advance(49)
    expect(proxy.heldBytes).toBe(4)
    await clock.advance(1)
    expect(proxy.heldBytes).toBe(0)
    await expectReceived(server, 'late')
  })

  test('delivers at its rate', async () => {
    const clock = new VirtualClock()
    const { client, server, proxy } = await proxied({ clock, faults: { bytesPerSecond: 1000, sliceBytes: 100 } })
    client.write(Buffer.alloc(1000, 'x'))
    await vi.waitFor(() => expect(proxy.heldBytes).toBe(1000))
    await clock.advance(500)
    expect(proxy.heldBytes).toBe(500)
    await clock.advance(500)
    await expectReceived(server, 'x'.repeat(1000))
  })

  test('lets its sender feel that it is slow', async () => {
    const { client, proxy } = await proxied({ clock: new VirtualClock(), faults: { bytesPerSecond: 1000 } })
    client.write(Buffer.alloc(64 * MEBIBYTE))
    await vi.waitFor(() => expect(proxy.heldBytes).toBeGreaterThanOrEqual(MEBIBYTE))
    await eventLoopTurns(1000)
    expect(proxy.heldBytes).toBeLessThan(4 * MEBIBYTE)
  })
})

test('a receiver that does not read is felt by the sender', async () => {
  const { client, server } = await proxied()
  server.socket.pause()
  client.write(Buffer.alloc(64 * MEBIBYTE))
  // Enough for the proxy to take all of it, a read a turn, if nothing held it back.
  await eventLoopTurns(5000)
  expect(client.writableLength).toBeGreaterThan(0)
})

test('sliced bytes come in pieces of that size', async () => {
  const clock = new VirtualClock()
  const { client, server, proxy } = await proxied({ clock, faults: { sliceBytes: 2, bytesPerSecond: 1000 } })
  client.write('abcde')
  await vi.waitFor(() => expect(proxy.heldBytes).toBe(5))
  for (const text of ['ab', 'abcd', 'abcde']) {
    await clock.advance(2)
    await expectReceived(server, text)
  }
  expect(server.pieces.map(String)).toEqual(['ab', 'cd', 'e'])
})

test('corrupted bytes arrive in their places with their last bit turned over', async () => {
  const { client, server } = await proxied({ faults: { corruptEveryBytes: 4 } })
  client.write('aaaaaa')
  await expectReceived(server, 'aaa`aa')
  client.write('aaaa')
  await expectReceived(server, 'aaa`aaa`aa')
})

describe('a reset', () => {
  test('comes after as many bytes as it was set for, both directions together, and to both sides', async () => {
    const { client, server, proxy } = await proxied({ faults: { resetAfterBytes: 10 } })
    server.socket.write('1234')
    await expectReceived(received(client), '1234')
    const errors = Promise.all([failure(client), failure(server.socket)])
    client.write('abcdefghij')
    expect(await errors).toEqual(['ECONNRESET', 'ECONNRESET'])
    expect(String(Buffer.concat(server.pieces))).toBe('abcdef')
    await vi.waitFor(() => expect(proxy.connections).toBe(0))
  })

  test('leaves a connection alone that carries exactly as many bytes', async () => {
    const { client, server } = await proxied({ faults: { resetAfterBytes: 3 } })
    client.end('abc')
    await once(server.socket, 'end')
    await expectReceived(server, 'abc')
  })

  test('comes to open connections when it is asked for, and the next one is fine', async () => {
    const { client, server, proxy, dial } = await proxied()
    const errors = Promise.all([failure(client), failure(server.socket)])
    proxy.resetConnections()
    expect(await errors).toEqual(['ECONNRESET', 'ECONNRESET'])
    const next = await dial()
    next.client.write('again')
    await expectReceived(next.server, 'again')
  })

  test('by one side reaches the other', async () => {
    const { client, server } = await proxied()
    const error = failure(client)
    server.socket.resetAndDestroy()
    expect(await error).toBe('ECONNRESET')
  })

  test('is what a client gets when the target is not there', async () => {
    const proxy = await startProxy({ target: { host: '127.0.0.1', port: await closedPort() } })
    const client = connect(proxy.address)
    expect(await failure(client)).toBe('ECONNRESET')
  })
})

describe('a stalled connection', () => {
  test('carries nothing, tells nobody, and goes on where it stopped once it is healed', async () => {
    const { client, server, proxy } = await proxied()
    client.write('before ')
    await expectReceived(server, 'before ')
    proxy.set({ stalled: true })
    client.end('after')
    await eventLoopTurns(1000)
    expect(String(Buffer.concat(server.pieces))).toBe('before ')
    expect([client.destroyed, server.socket.readableEnded, proxy.heldBytes]).toEqual([false, false, 0])
    proxy.set({ stalled: false })
    await once(server.socket, 'end')
    await expectReceived(server, 'before after')
  })

  test('keeps what was on its way', async () => {
    const clock = new VirtualClock()
    const { client, server, proxy } = await proxied({ clock, faults: { latencyMs: 50 } })
    client.write('held')
    await vi.waitFor(() => expect(proxy.heldBytes).toBe(4))
    proxy.set({ stalled: true })
    await clock.advance(10_000)
    expect(proxy.heldBytes).toBe(4)
    proxy.set({ stalled: false })
    await clock.advance(0)
    await expectReceived(server, 'held')
  })
})

test('a stopped proxy refuses connections and has reset those it had', async () => {
  const { client, proxy } = await proxied()
  const { address } = proxy
  const error = failure(client)
  await proxy.stop()
  expect(await error).toBe('ECONNRESET')
  expect(await failure(connect(address))).toBe('ECONNREFUSED')
})

interface Received {
  readonly socket: Socket
  readonly pieces: Buffer[]
}

/** A proxy before a server of its own, and the two ends of a connection through it. */
async function proxied(options: Partial<FaultProxyOptions> = {}) {
  const server = createServer({ allowHalfOpen: true })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => void server.close())
  const proxy = await startProxy({
    target: { host: '127.0.0.1', port: (server.address() as AddressInfo).port },
    ...options,
  })
  const dial = async () => {
    const accepted = once(server, 'connection')
    const client = connect({ ...proxy.address, allowHalfOpen: true })
    const [socket] = (await accepted) as [Socket]
    for (const end of [client, socket]) {
      end.on('error', () => {})
      onTestFinished(() => void end.destroy())
    }
    received(client)
    return { client, server: received(socket) }
  }
  return { proxy, dial, ...(await dial()) }
}

async function startProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const proxy = await new FaultProxy(options).start()
  onTestFinished(() => proxy.stop())
  return proxy
}

const kept = new WeakMap<Socket, Received>()

/** Everything that the socket has received since the first call for it. */
function received(socket: Socket): Received {
  const known = kept.get(socket)
  if (known) return known
  const collected: Received = { socket, pieces: [] }
  socket.on('data', (piece: Buffer) => collected.pieces.push(piece))
  kept.set(socket, collected)
  return collected
}

async function expectReceived({ pieces }: Received, text: string): Promise<void> {
  await vi.waitFor(() => expect(String(Buffer.concat(pieces))).toBe(text))
}

async function failure(socket: Socket): Promise<string | undefined> {
  return new Promise((resolve) => socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code)))
}

/** Gives the sockets of this process the chance to do whatever they would do. */
async function eventLoopTurns(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}

async function closedPort(): Promise<number> {
  const server = createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
