import { describe, expect, test } from 'vitest'
import { type Conversation, type Hello, openConversation } from '../../../src/link/conversation.ts'
import type { Link } from '../../../src/link/link.ts'
import { codeOf, TreecastError } from '../../../src/system/errors.ts'
import { BASE_TYPE } from '../../../src/wire/codes.ts'
import { LIMITS } from '../../../src/wire/limits.ts'
import { encodeMap } from '../../../src/wire/map-codec.ts'
import { MESSAGE, maySend, PURPOSES, type Purpose } from '../../../src/wire/message-types.ts'
import { decodeMessage, encodeMessage, type MapMessageName, type MessageBody } from '../../../src/wire/messages.ts'
import { PACKET_HEADER_BYTES } from '../../../src/wire/packet-header.ts'
import { EXAMPLE_MESSAGES, EXAMPLE_PACKET_HEADER, EXAMPLE_REQUEST } from '../../support/wire/example-messages.ts'
import { Ear, helloOf, RawEar, ROUND_TRIPS_MS, World } from './conversation-world.ts'

const SEALED = Uint8Array.of(1, 2, 3, 4, 5)

/** The first frame of a link, and what the main server makes of it. */
async function firstFrame(type: number, body: Uint8Array): Promise<{ world: World; ear: RawEar }> {
  const world = new World()
  const link = await world.dial()
  const ear = new RawEar(link)
  link.send(type, body)
  await world.settle()
  return { world, ear }
}

function helloBytes(change: object): Uint8Array {
  return encodeMessage('hello', { version: 1, features: [], ...helloOf('control'), ...change } as MessageBody<'hello'>)
}

/** REFUSED with this code was all that was heard before an orderly end. */
function expectRefusal({ world, ear }: { world: World; ear: RawEar }, code: string): void {
  expect(ear.frames.map(({ type, body }) => [type, decodeMessage('refused', body).code])).toEqual([
    [MESSAGE.refused, code],
  ])
  expect(ear.endings).toEqual([undefined])
  expect(world.failures).toMatchObject([{ code }])
  expect(world.accepted).toEqual([])
  expect(world.clock.pending).toBe(0)
}

describe('a greeting', () => {
  test('tells each side who the other is, and loses nothing that was said right behind the HELLO', async () => {
    const world = new World()
    const link = await world.dial()
    const conversation = openConversation(
      link,
      { ...helloOf('control'), listening: '10.0.0.7:7717', leaf: true },
      world.clock,
    )
    conversation.send('heartbeat', { sequence: 1 })
    const near = new Ear(conversation)
    await world.settle()
    const [{ ear: far, hello }] = world.accepted as [{ ear: Ear; hello: Hello }]
    expect(hello).toEqual({ version: 1, features: [], ...helloOf('control'), listening: '10.0.0.7:7717', leaf: true })
    expect([far.conversation.purpose, far.conversation.peerFingerprint]).toEqual(['control', 'of web7'])
    expect(far.messages).toEqual([{ name: 'heartbeat', body: { sequence: 1 } }])
    far.conversation.send('heartbeat', { sequence: 2 })
    await world.settle()
    // The acceptor's HELLO is not news to the dialler's user.
    expect(near.messages).toEqual([{ name: 'heartbeat', body: { sequence: 2 } }])
    expect(world.failures).toEqual([])
  })

  test('answers with a HELLO of the same purpose', async () => {
    const { ear } = await firstFrame(MESSAGE.hello, helloBytes({ purpose: 'requests' }))
    expect(ear.frames.map(({ type, body }) => [type, decodeMessage('hello', body)])).toEqual([
      [MESSAGE.hello, { version: 1, role: 'main', purpose: 'requests', software: 'treecast of main', features: [] }],
    ])
  })

  test('refuses another version, and says what to do', async () => {
    const refused = await firstFrame(MESSAGE.hello, helloBytes({ version: 2 }))
    expectRefusal(refused, 'E_VERSION')
    expect(String(refused.world.failures[0])).toContain('install the same version on both')
  })

  test('refuses another version by its number, whatever else its HELLO has or lacks', async () => {
    const text = (peer: string) =>
      `this program speaks protocol version 1, ${peer} speaks 2: install the same version on both`
    for (const [hello, peer] of [
      [{ ...helloOf('control'), version: 2, shape: 'round' }, 'treecast of web7'],
      [{ version: 2, software: 7 }, 'the peer'],
    ] as const) {
      const refused = await firstFrame(MESSAGE.hello, encodeMap(hello))
      expectRefusal(refused, 'E_VERSION')
      expect(refused.ear.frames.map(({ body }) => decodeMessage('refused', body).message)).toEqual([text(peer)])
    }
  })

  test('refuses a HELLO that is none', async () => {
    expectRefusal(await firstFrame(MESSAGE.hello, helloBytes({ role: 'king' })), 'E_MESSAGE')
    expectRefusal(await firstFrame(MESSAGE.hello, encodeMap({ ...helloOf('control'), version: 'two' })), 'E_MESSAGE')
    expectRefusal(await firstFrame(MESSAGE.hello, Uint8Array.of(0xc1)), 'E_MESSAGE')
    expectRefusal(await firstFrame(MESSAGE.hello, new Uint8Array(0)), 'E_MESSAGE')
  })

  test('refuses anything else that comes first, whatever it is', async () => {
    const heartbeat = encodeMessage('heartbeat', { sequence: 0 })
    for (const type of [MESSAGE.heartbeat, MESSAGE.packet, MESSAGE.upload, MESSAGE.ticket, 0x7f, 0]) {
      expectRefusal(await firstFrame(type, heartbeat), 'E_MESSAGE_NOT_ALLOWED')
    }
  })

  test('refuses a HELLO that does not come in time, and does not hear one that comes later', async () => {
    const world = new World()
    const link = await world.dial()
    const ear = new RawEar(link)
    await world.clock.advance(LIMITS.helloMs - 2 * ROUND_TRIPS_MS)
    expect(ear.frames.filter(({ type }) => type === MESSAGE.refused)).toEqual([])
    await world.clock.advance(2 * ROUND_TRIPS_MS)
    link.send(MESSAGE.hello, helloBytes({}))
    await world.settle()
    expectRefusal({ world, ear }, 'E_DEADLINE')
  })

  test('in time has no deadline behind it', async () => {
    const world = new World()
    const { near, far } = await world.converse('control')
    await world.clock.advance(3 * LIMITS.helloMs)
    expect([near.conversation.open, far.conversation.open, world.failures]).toEqual([true, true, []])
    expect(world.clock.pending).toBe(0)
  })

  test('that never comes because the peer hung up leaves no timer behind', async () => {
    const world = new World()
    const link = await world.dial()
    expect(world.clock.pending).toBe(1)
    link.close()
    await world.settle()
    expect([world.clock.pending, world.failures]).toEqual([0, []])
  })

  test('is refused with the error of whoever is to welcome the peer', async () => {
    const world = new World()
    world.welcome = () => {
      throw new TreecastError('E_NOT_AUTHORISED', 'this terminal is not enrolled here')
    }
    const near = new Ear(openConversation(await world.dial(), helloOf('control'), world.clock))
    await world.settle()
    expect(near.messages).toEqual([
      { name: 'refused', body: { code: 'E_NOT_AUTHORISED', message: 'this terminal is not enrolled here' } },
    ])
    expect(near.endings).toEqual([undefined])
    expect(world.failures).toMatchObject([{ code: 'E_NOT_AUTHORISED' }])
  })

  test('that is repeated means nothing', async () => {
    const world = new World()
    const { near, far } = await world.converse('control')
    near.conversation.send('hello', { version: 1, features: [], ...helloOf('control') })
    near.conversation.send('heartbeat', { sequence: 5 })
    await world.settle()
    expect(far.messages).toEqual([{ name: 'heartbeat', body: { sequence: 5 } }])
    expect(world.accepted).toHaveLength(1)
  })
})

describe('an answer to a HELLO', () => {
  /** What becomes of a dialler whose acceptor says this first, and what its user hears. */
  async function answered(say: (link: Link) => void, purpose: Purpose = 'control'): Promise<Ear> {
    const world = new World()
    const { near, acceptor } = await world.converseInVain(purpose)
    say(acceptor)
    await world.settle()
    return near
  }
  const answer = (change: object) => (link: Link) => link.send(MESSAGE.hello, helloBytes({ role: 'main', ...change }))

  test('must come first, before anything else', async () => {
    const ear = await answered((link) => {
      link.send(MESSAGE.heartbeat, encodeMessage('heartbeat', { sequence: 0 }))
      answer({})(link)
    })
    expect([ear.messages, ear.codes]).toEqual([[], ['E_MESSAGE_NOT_ALLOWED']])
  })

  test('may be a refusal instead', async () => {
    const body = { code: 'E_NOT_AUTHORISED', message: 'not enrolled' }
    const ear = await answered((link) => link.send(MESSAGE.refused, encodeMessage('refused', body)))
    expect([ear.messages, ear.codes]).toEqual([[{ name: 'refused', body }], []])
  })

  test('of another version closes the link, and says what to do', async () => {
    const ear = await answered(answer({ version: 2 }))
    expect(ear.endings).toMatchObject([{ code: 'E_VERSION' }])
    expect(String(ear.endings[0])).toContain('install the same version on both')
  })

  test.each<[string, Purpose, object]>([
    ['another purpose', 'control', { purpose: 'operator' }],
    ['a terminal for the main server', 'control', {}],
    ['a terminal for the main server', 'operator', {}],
    ['a terminal for the main server', 'enrol', {}],
    ['an operator', 'requests', { role: 'operator' }],
    ['the main server for a terminal', 'probe', { role: 'main' }],
    ['a newcomer', 'data', { role: 'newcomer' }],
  ])('of %s closes a %s link', async (_, purpose, change) => {
    const ear = await answered(answer({ role: 'terminal', purpose, ...change }), purpose)
    expect(ear.codes).toEqual(['E_HELLO'])
  })

  test.each(['requests', 'data'] as const)('of a terminal is right on a %s link', async (purpose) => {
    const ear = await answered(answer({ role: 'terminal', purpose }), purpose)
    expect(ear.codes).toEqual([])
  })

  test('must come in time, and nothing waits for it', async () => {
    const world = new World()
    const { near, acceptor } = await world.converseInVain('control')
    const heard: number[] = []
    acceptor.attach({ frame: ({ type }) => heard.push(type) })
    near.conversation.send('heartbeat', { sequence: 0 })
    await world.settle()
    expect(heard).toEqual([MESSAGE.hello, MESSAGE.heartbeat])
    await world.clock.advance(LIMITS.helloMs - 3 * ROUND_TRIPS_MS)
    expect(near.codes).toEqual([])
    await world.clock.advance(3 * ROUND_TRIPS_MS)
    expect(near.codes).toEqual(['E_DEADLINE'])
  })

  test('is not waited for on a link that this side closes', async () => {
    const world = new World()
    const { near, acceptor } = await world.converseInVain('control')
    near.conversation.close()
    await world.clock.advance(LIMITS.helloMs + ROUND_TRIPS_MS)
    acceptor.attach({ frame: () => undefined })
    await world.settle()
    expect(near.codes).toEqual([undefined])
  })
})

describe('who may say what', () => {
  const sides = ['dialler', 'acceptor'] as const
  const cases = PURPOSES.flatMap((purpose) => sides.map((side) => [purpose, side] as const))
  const frames: [MapMessageName | 'packet' | 'upload' | 'probe', (conversation: Conversation) => void][] = [
    ...Object.values(EXAMPLE_MESSAGES).map(({ name, body }): (typeof frames)[number] => [
      name,
      (conversation) => conversation.send(name, body as MessageBody<typeof name>),
    ]),
    ['packet', (conversation) => conversation.sendPacket(EXAMPLE_PACKET_HEADER, SEALED)],
    ['upload', (conversation) => conversation.sendUpload(SEALED)],
    ['probe', (conversation) => conversation.sendProbe(SEALED)],
  ]

  test.each(cases)(
    'on a %s link, the %s is heard with what is its to say, and else loses the link',
    async (purpose, side) => {
      for (const [name, send] of frames.filter(([name]) => name !== 'hello')) {
        const world = new World()
        const { near, far } = await world.converse(purpose)
        const [speaker, listener] = side === 'dialler' ? [near, far] : [far, near]
        send(speaker.conversation)
        await world.settle()
        if (maySend(purpose, side, name)) {
          expect([listener.heard, listener.codes], name).toEqual([1, []])
        } else {
          expect([listener.heard, listener.codes], name).toEqual([0, ['E_MESSAGE_NOT_ALLOWED']])
          expect([speaker.conversation.open, speaker.codes], name).toEqual([false, ['E_LINK_LOST']])
        }
      }
    },
  )

  test('a message that nobody may send on any link, or that is unknown, closes it', async () => {
    const world = new World()
    const link = await world.dial()
    const near = new Ear(openConversation(link, helloOf('control'), world.clock))
    link.send(0x7f, Uint8Array.of(0x80))
    await world.settle()
    expect(world.accepted.map(({ ear }) => ear.codes)).toEqual([['E_MESSAGE_UNKNOWN']])
    expect(near.codes).toEqual(['E_LINK_LOST'])
  })

  test('nothing is heard that comes behind a fault', async () => {
    const world = new World()
    const { near, far } = await world.converse('control')
    near.conversation.send('watch', { transfer: 1, serves: false })
    near.conversation.send('heartbeat', { sequence: 1 })
    await world.settle()
    expect([far.heard, far.codes]).toEqual([0, ['E_MESSAGE_NOT_ALLOWED']])
  })
})

describe('what is said', () => {
  test('arrives as it was sent: messages, packets, uploads', async () => {
    const world = new World()
    const data = await world.converse('data', 'web1')
    data.near.conversation.sendPacket(EXAMPLE_PACKET_HEADER, SEALED)
    const operator = await world.converse('operator', 'web2')
    operator.near.conversation.sendUpload(SEALED)
    operator.near.conversation.send('uploadEnd', { bytes: 5 })
    await world.settle()
    expect(data.far.packets).toEqual([{ header: EXAMPLE_PACKET_HEADER, sealed: SEALED }])
    expect(operator.far.uploads).toEqual([SEALED])
    expect(operator.far.messages).toEqual([{ name: 'uploadEnd', body: { bytes: 5 } }])
  })

  test('closes the link when it does not fit its schema, and names the member', async () => {
    const world = new World()
    const { near, far } = await world.converse('control')
    near.conversation.send('heartbeat', { sequence: -1 })
    await world.settle()
    expect(far.endings).toMatchObject([{ code: 'E_MESSAGE', facts: { what: 'heartbeat', path: 'sequence' } }])
  })

  test('closes the link when it is a packet with an impossible header', async () => {
    const world = new World()
    const { near, far } = await world.converse('data')
    near.conversation.sendPacket({ ...EXAMPLE_PACKET_HEADER, sealedBytes: 6 }, SEALED)
    await world.settle()
    expect([far.packets, far.codes]).toEqual([[], ['E_PACKET_HEADER']])
  })

  test('ends with the reason when it is a refusal, cut to what a peer takes', async () => {
    const world = new World()
    const { near, far } = await world.converse('requests')
    far.conversation.refuse('E_TOO_MANY', 'x'.repeat(3000))
    await world.settle()
    expect(near.messages).toEqual([{ name: 'refused', body: { code: 'E_TOO_MANY', message: 'x'.repeat(2000) } }])
    expect([near.endings, far.endings]).toEqual([[undefined], [undefined]])
  })
})

describe("a handler's throw", () => {
  test('closes its own link with its error, and no other', async () => {
    const world = new World()
    const [bad, good] = [await world.converse('control', 'web1'), await world.converse('control', 'web2')]
    const fault = new TreecastError('E_TICKET', 'a ticket was not shown')
    world.hear = (_message, conversation) => {
      if (conversation.peerFingerprint === 'of web1') throw fault
    }
    for (const { near } of [bad, good]) near.conversation.send('heartbeat', { sequence: 1 })
    await world.settle()
    expect([bad.far.endings, bad.near.codes]).toEqual([[fault], ['E_LINK_LOST']])
    good.near.conversation.send('heartbeat', { sequence: 2 })
    await world.settle()
    expect(good.far.messages).toHaveLength(2)
    expect([good.near.endings, good.far.endings]).toEqual([[], []])
  })
})

describe('the side that was dialled', () => {
  test('may say all that its messages hold, from the first on: its certificate was checked', async () => {
    const world = new World()
    const { near, far } = await world.converse('requests')
    const ranges = Array(2048).fill(0xffff_ffff)
    far.conversation.send('notHeld', { transfer: 1, stripe: 0, base: BASE_TYPE.content, ranges })
    await world.settle()
    expect([near.messages.map(({ name }) => name), near.codes]).toEqual([['notHeld'], []])
  })
})

describe('before a peer has shown a ticket', () => {
  const large = { ...EXAMPLE_REQUEST, below: Array(100).fill(EXAMPLE_REQUEST.ticket) }

  test('a frame above the bound for strangers closes its link', async () => {
    const world = new World()
    const { near, far } = await world.converse('data')
    expect(encodeMessage('transportRequest', large).length).toBeGreaterThan(LIMITS.strangerFrameBytes)
    near.conversation.send('transportRequest', large)
    await world.settle()
    expect([far.messages, far.codes]).toEqual([[], ['E_FRAME_TOO_LARGE']])
  })

  test('and one behind the ticket that raised the bound is heard, though both came together', async () => {
    const world = new World()
    world.hear = (message, conversation) => {
      if (message.name === 'ticket') conversation.admit()
    }
    const { near, far } = await world.converse('data')
    near.conversation.send('ticket', { ticket: EXAMPLE_REQUEST.ticket })
    near.conversation.send('transportRequest', large)
    await world.settle()
    expect(far.messages.map(({ name }) => name)).toEqual(['ticket', 'transportRequest'])
    expect(far.endings).toEqual([])
  })

  test('a packet may not be as large as a transport request, however much its sender may say', async () => {
    const world = new World()
    world.hear = (_, conversation) => conversation.admit()
    const { near, far } = await world.converse('data')
    near.conversation.send('ticket', { ticket: EXAMPLE_REQUEST.ticket })
    const sealed = new Uint8Array(LIMITS.dataFrameBytes - PACKET_HEADER_BYTES)
    near.conversation.sendPacket({ ...EXAMPLE_PACKET_HEADER, sealedBytes: sealed.length }, sealed)
    await world.settle()
    expect([far.packets.length, far.codes]).toEqual([1, []])
    near.conversation.sendPacket(EXAMPLE_PACKET_HEADER, new Uint8Array(sealed.length + 1))
    await world.settle()
    expect([far.packets.length, far.codes]).toEqual([1, ['E_FRAME_TOO_LARGE']])
  })

  test('a HELLO above the bound is never read', async () => {
    const { world, ear } = await firstFrame(MESSAGE.hello, new Uint8Array(LIMITS.strangerFrameBytes + 1))
    expect(ear.frames).toEqual([])
    expect(ear.endings.map((error) => error && codeOf(error))).toEqual(['E_LINK_LOST'])
    expect([world.accepted, world.clock.pending]).toEqual([[], 0])
  })
})
