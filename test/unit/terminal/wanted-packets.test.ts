import { describe, expect, test } from 'vitest'
import { WantedPackets } from '../../../src/terminal/wanted-packets.ts'
import { BASE_TYPE } from '../../../src/wire/codes.ts'

const packet = (index: number) => ({ base: BASE_TYPE.content, index })
const table = (index: number) => ({ base: BASE_TYPE.packetTable, index })

function takeAll(wanted: WantedPackets) {
  const taken = []
  for (let item = wanted.take(); item !== undefined; item = wanted.take()) taken.push(item)
  return taken
}

describe('what a child wants', () => {
  test('is given in the order in which it could be sent, tables first', () => {
    const wanted = new WantedPackets(10)
    wanted.add(packet(7), true)
    wanted.add(packet(3), false)
    wanted.add(table(1), false)
    wanted.add(packet(5), true)
    expect(wanted.arrived(table(1))).toBe(true)
    expect(wanted.arrived(packet(3))).toBe(true)
    expect(takeAll(wanted)).toEqual([table(1), packet(7), packet(5), packet(3)])
    expect(wanted.size).toBe(0)
  })

  test('what arrives and nobody waits for changes nothing; what was waited for is waited for once', () => {
    const wanted = new WantedPackets(10)
    wanted.add(packet(3), false)
    expect(wanted.arrived(packet(4))).toBe(false)
    expect(wanted.arrived(table(3))).toBe(false)
    expect(wanted.arrived(packet(3))).toBe(true)
    expect(wanted.arrived(packet(3))).toBe(false)
    expect(takeAll(wanted)).toEqual([packet(3)])
  })

  test('is never more than it may be, ready and waiting together', () => {
    const wanted = new WantedPackets(3)
    expect([wanted.add(packet(0), true), wanted.add(packet(1), false), wanted.add(table(0), true)]).toEqual([
      true,
      true,
      true,
    ])
    expect([wanted.add(packet(2), true), wanted.add(packet(3), false)]).toEqual([false, false])
    wanted.take()
    expect(wanted.add(packet(2), true)).toBe(true)
    expect(wanted.size).toBe(3)
  })

  test('is forgotten, ready or waited for, once the child has it from elsewhere; a packet asked for twice is sent once', () => {
    const wanted = new WantedPackets(10)
    for (const index of [1, 2, 2, 3]) wanted.add(packet(index), true)
    wanted.add(packet(4), false)
    for (const index of [1, 4, 9]) wanted.forget(index)
    expect(wanted.arrived(packet(4))).toBe(false)
    expect(takeAll(wanted)).toEqual([packet(2), packet(3)])
  })

  test('stays in order over many more than are kept at once', () => {
    const wanted = new WantedPackets(700)
    const taken: number[] = []
    for (let index = 0; index < 5000; index++) {
      wanted.add(packet(index), true)
      if (index >= 500) taken.push(wanted.take()?.index ?? -1)
    }
    taken.push(...takeAll(wanted).map(({ index }) => index))
    expect(taken).toEqual(Array.from({ length: 5000 }, (_, index) => index))
  })
})
