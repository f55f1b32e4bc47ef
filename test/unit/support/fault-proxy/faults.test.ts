import { describe, expect, test } from 'vitest'
import { corrupted, departure, NO_FAULTS, slices } from '../../../support/fault-proxy/faults.ts'

const bytes = (...values: number[]) => Uint8Array.from(values)

test('slices are as large as allowed and together all of the bytes', () => {
  expect(slices(bytes(1, 2, 3, 4, 5), 2)).toEqual([bytes(1, 2), bytes(3, 4), bytes(5)])
  expect(slices(bytes(1, 2), Number.POSITIVE_INFINITY)).toEqual([bytes(1, 2)])
  expect(slices(bytes(), 2)).toEqual([])
})

describe('corruption', () => {
  test('turns over the last bit of every nth byte', () => {
    expect(corrupted(bytes(0, 0, 0, 1, 1, 1, 1), 0, 3)).toEqual(bytes(0, 0, 1, 1, 1, 0, 1))
  })

  test('goes on where the piece before ended', () => {
    expect(corrupted(bytes(0, 0, 0), 2, 3)).toEqual(bytes(1, 0, 0))
    expect(corrupted(bytes(0, 0, 0), 3, 3)).toEqual(bytes(0, 0, 1))
  })

  test('leaves what it was given as it is', () => {
    const given = bytes(0, 0)
    expect(corrupted(given, 0, 1)).toEqual(bytes(1, 1))
    expect(given).toEqual(bytes(0, 0))
  })

  test('does nothing unless asked', () => {
    expect(corrupted(bytes(1, 2, 3), 5, NO_FAULTS.corruptEveryBytes)).toEqual(bytes(1, 2, 3))
  })
})

describe('a piece', () => {
  test('arrives at once on a line without faults', () => {
    const { arrivesMs, lineFreeMs } = departure({ nowMs: 40, lineFreeMs: 0, bytes: 1_000_000 }, NO_FAULTS)
    expect({ arrivesMs, lineFreeMs }).toEqual({ arrivesMs: 40, lineFreeMs: 40 })
  })

  test('takes its time on the line, after the piece before it, and the latency on top', () => {
    const faults = { ...NO_FAULTS, latencyMs: 30, bytesPerSecond: 1000 }
    const first = departure({ nowMs: 10, lineFreeMs: 0, bytes: 50 }, faults)
    expect(first).toEqual({ lineFreeMs: 60, arrivesMs: 90 })
    expect(departure({ nowMs: 20, lineFreeMs: first.lineFreeMs, bytes: 50 }, faults)).toEqual({
      lineFreeMs: 110,
      arrivesMs: 140,
    })
  })
})
