/** What every Network must do. Each implementation runs it with a world of its own: two nodes that can reach each other. */

import { describe, expect, test } from 'vitest'
import type { Fingerprint, Frame, Link, Listener, Network } from '../../../src/link/link.ts'
import type { Address } from '../../../src/system/address.ts'
import { LIMITS } from '../../../src/wire/limits.ts'

export interface Node {
  readonly network: Network
  readonly fingerprint: Fingerprint
  /** Where it may listen: any free port. */
  readonly address: Address
}

export interface World {
  readonly main: Node
  readonly other: Node
  /** The promise, with whatever makes time go on meanwhile. */
  run<T>(promise: Promise<T>): Promise<T>
}

/** One side of a link, with what happened to it written down. */
export class Side {
  readonly link: Link
  readonly frames: Frame[] = []
  readonly endings: (Error | undefined)[] = []
  #waiting: { done: () => boolean; resolve: () => void }[] = []

  constructor(link: Link, frame?: (frame: Frame) => void) {
    this.link = link
    link.attach({
      frame: (received) => {
        this.frames.push(received)
        frame?.(received)
        this.#check()
      },
      closed: (error) => {
        this.endings.push(error)
        this.#check()
      },
    })
  }

  until(done: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push({ done, resolve })
      this.#check()
    })
  }

  received(count: number): Promise<void> {
    return this.until(() => this.frames.length >= count)
  }

  closed(): Promise<void> {
    return this.until(() => this.endings.length > 0)
  }

  #check(): void {
    for (const { resolve } of this.#waiting.filter(({ done }) => done())) resolve()
    this.#waiting = this.#waiting.filter(({ done }) => !done())
  }
}

export interface Joined {
  readonly listener: Listener
  readonly dialled: Link
  readonly accepted: Link
}

/** A link from `other` to `main`, nobody attached. */
async function join(world: World): Promise<Joined> {
  const { main, other } = world
  const accepted = deferred<Link>()
  const listener = await world.run(main.network.listen(main.address, accepted.resolve))
  const dialled = await world.run(
    other.network.dial(listener.address, { expect: main.fingerprint, deadlineMs: 10_000 }),
  )
  return { listener, dialled, accepted: await world.run(accepted.promise) }
}

/** A promise and what settles it. */
function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {}
  const promise = new Promise<T>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}

const text = (frame: Frame | undefined) => frame && Buffer.from(frame.body).toString()
const pattern = (length: number) => Uint8Array.from({ length }, (_, at) => (at * 7 + (at >> 8)) & 0xff)

export function networkSuite(name: string, createWorld: () => Promise<World>): void {
  describe(name, () => {
    test('each side learns who the other is and which side dialled', async () => {
      const world = await createWorld()
      const { listener, dialled, accepted } = await join(world)
      expect(dialled.peerFingerprint).toBe(world.main.fingerprint)
      expect(accepted.peerFingerprint).toBe(world.other.fingerprint)
      expect([dialled.dialled, accepted.dialled]).toEqual([true, false])
      expect(dialled.remote).toEqual(listener.address)
      expect([dialled.open, accepted.open]).toEqual([true, true])
    })

    test('a listener on port 0 says which port it got, and another on the same port is refused', async () => {
      const { main } = await createWorld()
      const listener = await main.network.listen(main.address, () => {})
      expect(listener.address.port).toBeGreaterThan(0)
      await expect(main.network.listen(listener.address, () => {})).rejects.toMatchObject({ code: 'E_ADDRESS_IN_USE' })
      await listener.close()
      const again = await main.network.listen(listener.address, () => {})
      expect(again.address).toEqual(listener.address)
      await again.close()
    })

    test('frames arrive whole, in order and in both directions, their parts joined', async () => {
      const world = await createWorld()
      const { dialled, accepted } = await join(world)
      const [near, far] = [new Side(dialled), new Side(accepted)]
      dialled.send(0x10, Buffer.from('one'))
      dialled.send(0x11)
      dialled.send(0x12, Buffer.from('th'), new Uint8Array(0), Buffer.from('ree'))
      accepted.send(0x13, Buffer.from('back'))
      await world.run(Promise.all([far.received(3), near.received(1)]))
      expect(far.frames.map((frame) => [frame.type, text(frame)])).toEqual([
        [0x10, 'one'],
        [0x11, ''],
        [0x12, 'three'],
      ])
      expect(near.frames.map((frame) => [frame.type, text(frame)])).toEqual([[0x13, 'back']])
      expect(accepted.receivedBytes).toBe(3 * 8 + 3 + 5)
    })

    test('what was sent may be given back once the network has taken it, and not before', async () => {
      const world = await createWorld()
      const { dialled, accepted } = await join(world)
      accepted.allowFrameBytes(() => LIMITS.dataFrameBytes)
      const far = new Side(accepted)
      const sizes = [0, 1, 4095, 300_000, 64 * 1024, LIMITS.dataFrameBytes]
      const taken: number[] = []
      const all = deferred<void>()
      for (const size of sizes) {
        const bytes = pattern(size)
        const givenBack = () => {
          bytes.fill(0xff)
          if (taken.push(size) === sizes.length) all.resolve()
        }
        dialled.sendThen(givenBack, 0x15, bytes)
      }
      expect(taken).toEqual([])
      await world.run(Promise.all([far.received(sizes.length), all.promise]))
      expect(taken).toEqual(sizes)
      for (const [at, size] of sizes.entries())
        expect(Buffer.compare(far.frames[at]?.body as Uint8Array, pattern(size))).toBe(0)
    })

    test('bodies of every size come through unchanged, and stay so while later ones arrive', async () => {
      const world = await createWorld()
      const { dialled, accepted } = await join(world)
      accepted.allowFrameBytes(() => LIMITS.dataFrameBytes)
      const far = new Side(accepted)
      const sizes = [1, 2, 4095, 16 * 1024 - 8, 64 * 1024 - 8, 64 * 1024, 300_000, LIMITS.dataFrameBytes, 5]
      for (const size of sizes) dialled.send(0x15, pattern(64), pattern(size).subarray(Math.min(64, size)))
      await world.run(far.received(sizes.length))
      const wanted = sizes.map((size) => Buffer.concat([pattern(64), pattern(size).subarray(Math.min(64, size))]))
      expect(far.frames.map(({ body }, at) => wanted[at]?.equals(body))).toEqual(sizes.map(() => true))
    })

    test('a received body is the receiver’s own: changing it does not change what was sent', async () => {
      const world = await createWorld()
      const { dialled, accepted } = await join(world)
      const far = new Side(accepted)
      const sent = pattern(6000)
      dialled.send(0x10, sent)
      await world.run(far.received(1))
      far.frames[0]?.body.fill(0)
      expect(sent).toEqual(pattern(6000))
    })

    test('frames that come before a handler is attached are kept for it', async () => {
      const world = await createWorld()
      const { dialled, accepted } = await join(world)
      accepted.send(0x10, Buffer.from('early'))
      dialled.send(0x10, Buffer.from('sign'))
      await world.run(new Side(accepted).received(1))
      const near = new Side(dialled)
      await world.run(near.received(1))
      expect(text(near.frames[0])).toBe('early')
    })

    test('a handler that is attached later gets the frames from then on', async () => {
      const world = await createWorld()
      const { dialled, accepted } = await join(world)
      let second: Side | undefined
      const first = new Side(accepted, () => {
        second = new Side(accepted)
      })
      dialled.send(0x10, Buffer.from('1'))
      dialled.send(0x11, Buffer.from('2'))
      await world.run(first.received(1))
      await world.run((second as Side).received(1))
      expect(first.frames.map(text)).toEqual(['1'])
      expect(second?.frames.map(text)).toEqual(['2'])
    })

    test('a frame above the limit closes the link with that error, and the peer loses it', async () => {
      const world = await createWorld()
      const { dialled, accepted } = await join(world)
      const [near, far] = [new Side(dialled), new Side(accepted)]
      dialled.send(0x10, new Uint8Array(LIMITS.strangerFrameBytes))
      await world.run(far.received(1))
      dialled.send(0x10, new Uint8Array(LIMITS.strangerFrameBytes + 1))
      await world.run(Promise.all([near.closed(), far.closed()]))
      expect(far.endings).toMatchObject([{ code: 'E_FRAME_TOO_LARGE' }])
      expect(near.endings).toMatchObject([{ code: 'E_LINK_LOST' }])
      expect([near.link.open, far.link.open]).toEqual([false, false])
    })

    test('a limit raised while a frame is handled holds for the next frame', async () => {
      const world = await createWorld()
      const { dialled, accepted } = await join(world)
      const far = new Side(accepted, () => accepted.allowFrameBytes(() => 20_000))
      dialled.send(0x10)
      dialled.send(0x11, new Uint8Array(20_000))
      await world.run(far.received(2))
      expect(far.frames[1]?.body).toHaveLength(20_000)
    })

    test('a handler that throws closes the link with its error and gets no more frames', async () => {
      const world = await createWorld()
      const { dialled, accepted } = await join(world)
      const fault = new Error('bad message')
      const near = new Side(dialled)
      const far = new Side(accepted, () => {
        throw fault
      })
      dialled.send(0x10)
      dialled.send(0x11)
      await world.run(Promise.all([far.closed(), near.closed()]))
      expect(far.endings).toEqual([fault])
      expect(far.frames).toHaveLength(1)
    })

    test('close() sends what was queued, ends both sides without an error, once, and drops later frames', async () => {
      const world = await createWorld()
      const { dialled, accepted } = await join(world)
      accepted.allowFrameBytes(() => LIMITS.dataFrameBytes)
      const [near, far] = [new Side(dialled), new Side(accepted)]
      for (let k = 0; k < 20; k += 1) dialled.send(0x15, pattern(200_000))
      dialled.close()
      dialled.close()
      expect(dialled.open).toBe(false)
      dialled.send(0x16)
      await world.run(Promise.all([near.closed(), far.closed()]))
      expect(far.frames).toHaveLength(20)
      expect([near.endings, far.endings]).toEqual([[undefined], [undefined]])
      expect(accepted.open).toBe(false)
    })

    test('close() works on a link to which nobody attached', async () => {
      const world = await createWorld()
      const { dialled, accepted } = await join(world)
      const far = new Side(accepted)
      dialled.close()
      await world.run(far.closed())
      expect(far.endings).toEqual([undefined])
      const near = new Side(dialled)
      await world.run(near.closed())
      expect(near.endings).toEqual([undefined])
    })

    test('close(error) ends at once: the own handler hears that error, not inside the call, and the peer loses the link', async () => {
      const world = await createWorld()
      const { dialled, accepted } = await join(world)
      const [near, far] = [new Side(dialled), new Side(accepted)]
      const reason = new Error('revoked')
      dialled.close(reason)
      expect(near.endings).toEqual([])
      await world.run(Promise.all([near.closed(), far.closed()]))
      expect(near.endings).toEqual([reason])
      expect(far.endings).toMatchObject([{ code: 'E_LINK_LOST' }])
    })

    test('bufferedBytes counts what the network has not taken, and drained() comes once it is down to the mark', async () => {
      const world = await createWorld()
      const { dialled, accepted } = await join(world)
      accepted.allowFrameBytes(() => LIMITS.dataFrameBytes)
      const drained = deferred<number>()
      dialled.attach({ frame() {}, drained: () => drained.resolve(dialled.bufferedBytes) })
      const frames = 64
      for (let k = 0; k < frames; k += 1) dialled.send(0x15, new Uint8Array(LIMITS.dataFrameBytes))
      // More than any network holds for a peer that does not read yet.
      expect(dialled.bufferedBytes).toBeGreaterThan(32 * LIMITS.dataFrameBytes)
      const far = new Side(accepted)
      expect(await world.run(drained.promise)).toBeLessThanOrEqual(LIMITS.linkLowWaterBytes)
      await world.run(far.received(frames))
      expect(dialled.bufferedBytes).toBe(0)
    })

    test('a listener that is closed accepts no more, and its links stay open', async () => {
      const world = await createWorld()
      const { listener, dialled, accepted } = await join(world)
      const far = new Side(accepted)
      await world.run(listener.close())
      const { network } = world.other
      const late = network.dial(listener.address, { expect: world.main.fingerprint, deadlineMs: 10_000 })
      late.catch(() => {})
      await expect(world.run(late)).rejects.toMatchObject({ code: 'E_UNREACHABLE' })
      dialled.send(0x10)
      await world.run(far.received(1))
      expect(dialled.open).toBe(true)
    })

    test('dialling where nobody listens is E_UNREACHABLE', async () => {
      const world = await createWorld()
      const { main, other } = world
      const listener = await main.network.listen(main.address, () => {})
      await listener.close()
      const dial = other.network.dial(listener.address, { expect: main.fingerprint, deadlineMs: 10_000 })
      dial.catch(() => {})
      await expect(world.run(dial)).rejects.toMatchObject({ code: 'E_UNREACHABLE' })
    })

    test('a node with another certificate than expected is E_WRONG_PEER, and it gets no frame of ours', async () => {
      const world = await createWorld()
      const { main, other } = world
      const accepted: Side[] = []
      const listener = await main.network.listen(main.address, (link) => accepted.push(new Side(link)))
      const dial = other.network.dial(listener.address, { expect: other.fingerprint, deadlineMs: 10_000 })
      dial.catch(() => {})
      await expect(world.run(dial)).rejects.toMatchObject({ code: 'E_WRONG_PEER' })
      await world.run(Promise.all(accepted.map((side) => side.closed())))
      expect(accepted.flatMap((side) => side.frames)).toEqual([])
    })
  })
}
