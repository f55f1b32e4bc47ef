import { describe, expect, test } from 'vitest'
import { admittedFrameLimit, strangerFrameLimit } from '../../../src/wire/frame-limits.ts'
import { LIMITS } from '../../../src/wire/limits.ts'
import { MESSAGE, type MessageName, maySend, PURPOSES } from '../../../src/wire/message-types.ts'

const SIDES = ['dialler', 'acceptor'] as const
const NAMES = Object.keys(MESSAGE) as MessageName[]

test('a stranger may send little, whatever it is', () => {
  for (const type of [...Object.values(MESSAGE), 0, 0x7f, 0xff])
    expect(strangerFrameLimit(type)).toBe(LIMITS.strangerFrameBytes)
})

describe('a peer that may speak', () => {
  const bound: Partial<Record<MessageName, number>> = {
    packet: LIMITS.dataFrameBytes,
    transportRequest: LIMITS.transportRequestBytes,
    deliver: LIMITS.deliverBytes,
    provide: LIMITS.transportRequestBytes,
    probe: LIMITS.probeFrameBytes,
    planned: LIMITS.answerBytes,
    snapshot: LIMITS.answerBytes,
    answer: LIMITS.answerBytes,
  }

  test.each(PURPOSES)(
    'on a %s link may send as much as each of its messages needs, and else no more than a stranger',
    (purpose) => {
      for (const side of SIDES) {
        const limit = admittedFrameLimit(purpose, side)
        for (const name of NAMES) {
          const wanted = maySend(purpose, side, name)
            ? (bound[name] ?? LIMITS.controlFrameBytes)
            : LIMITS.strangerFrameBytes
          expect(limit(MESSAGE[name]), name).toBe(wanted)
        }
        expect(limit(0x7f)).toBe(LIMITS.strangerFrameBytes)
      }
    },
  )

  test('on a data link may send neither a packet nor a word as large as a transport request', () => {
    const limit = admittedFrameLimit('data', 'dialler')
    expect(limit(MESSAGE.packet)).toBe(1024 * 1024 + 4096)
    expect(limit(MESSAGE.cancel)).toBe(1024 * 1024)
    expect(limit(MESSAGE.transportRequest)).toBe(16 * 1024 * 1024)
  })
})
