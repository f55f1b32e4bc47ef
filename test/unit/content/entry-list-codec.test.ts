import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bytesOf, type Entry, pathOf, TOP } from '../../../src/content/entries.ts'
import { decodeEntryList, encodeEntryList } from '../../../src/content/entry-list-codec.ts'
import { fileExtents } from '../../../src/content/file-extents.ts'
import { entriesOf } from './entry-lists.ts'

const SAMPLE: readonly Entry[] = [
  { kind: 'folder', name: 'top', in: TOP, mode: 0o755, modifiedMs: 1_700_000_000_000 },
  { kind: 'file', name: 'ü', in: 0, mode: 0o600, modifiedMs: -1.5, bytes: 2 ** 40 },
  { kind: 'link', name: 'l', in: 0, mode: 0o777, modifiedMs: 0, target: 'ü' },
]
const GOLDEN = [
  '5443454c 01 000000 00000003',
  '02 00 01ed ffffffff 4278bcfe56800000 0003 746f70',
  '01 00 0180 00000000 bff8000000000000 0002 c3bc 0000010000000000',
  '03 00 01ff 00000000 0000000000000000 0001 6c 0002 c3bc',
]
const golden = new Uint8Array(Buffer.from(GOLDEN.join('').replaceAll(' ', ''), 'hex'))

function changed(at: number, byte: number): Uint8Array {
  const bytes = golden.slice()
  bytes[at] = byte
  return bytes
}

describe('an entry list', () => {
  test('has the golden bytes', () => {
    expect(Buffer.from(encodeEntryList(SAMPLE)).toString('hex')).toBe(Buffer.from(golden).toString('hex'))
    expect(decodeEntryList(golden)).toEqual(SAMPLE)
  })

  test('comes back as it was, whatever the names', () => {
    const entry = fc.record({
      name: fc.string({ unit: 'grapheme', maxLength: 40 }),
      mode: fc.integer({ min: 0, max: 0o777 }),
      modifiedMs: fc.double({ min: -8.64e15, max: 8.64e15, noNaN: true }),
      in: fc.nat(),
      rest: fc.oneof(
        fc.record({ kind: fc.constant('file' as const), bytes: fc.maxSafeNat() }),
        fc.record({ kind: fc.constant('folder' as const) }),
        fc.record({ kind: fc.constant('link' as const), target: fc.string({ unit: 'grapheme', maxLength: 40 }) }),
      ),
    })
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 20 }), (drawn) => {
        const list = drawn.map(({ rest, ...facts }, k) => ({ ...facts, ...rest, in: (facts.in % (k + 1)) - 1 }))
        expect(decodeEntryList(encodeEntryList(list))).toEqual(list)
      }),
    )
  })

  test('that is cut off anywhere, or goes on behind its end, is refused', () => {
    for (let length = 0; length < golden.length; length++) {
      expect(() => decodeEntryList(golden.subarray(0, length)), `${length} bytes`).toThrow(/entry list refused/)
    }
    expect(() => decodeEntryList(new Uint8Array([...golden, 0]))).toThrow(/behind its end/)
  })

  test.each([
    ['another magic', changed(0, 0)],
    ['another version', changed(4, 2)],
    ['reserved bytes', changed(5, 1)],
    ['more entries than fit', changed(8, 0xff)],
    ['fewer entries than there are', changed(11, 2)],
    ['an unknown kind', changed(12, 4)],
    ['kind 0', changed(12, 0)],
    ['a flag of a folder', changed(13, 1)],
    ['a flag of a file', changed(34, 1)],
    ['a set-user-id bit', changed(14, 0x09)],
    ['a folder that comes later', changed(40, 1)],
    ['a time that is no number', changed(41, 0xff)],
    ['a name that is not UTF-8', changed(51, 0xff)],
    ['a size beyond all numbers', changed(53, 0x7f)],
  ])('with %s is refused', (_, bytes) => {
    expect(() => decodeEntryList(bytes)).toThrow(expect.objectContaining({ code: 'E_ENTRY_LIST' }))
  })
})

test('the files lie one after the other behind the list', () => {
  const list = entriesOf('top/', 'top/abc', 'top/sub/', 'top/sub/empty', 'top/l -> abc', 'top/z')
  expect([...fileExtents(list, 100)]).toEqual([
    { entry: 1, offset: 100, bytes: 3 },
    { entry: 3, offset: 103, bytes: 5 },
    { entry: 5, offset: 108, bytes: 1 },
  ])
  expect([bytesOf(list), pathOf(list, 3)]).toEqual([9, 'top/sub/empty'])
})
