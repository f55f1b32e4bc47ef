import { expect, test } from 'vitest'
import { BASE_TYPE, CIPHER, COMPRESSION, isCode, ORIENTED_TYPE } from '../../../src/wire/codes.ts'

test('the numbers on the wire are these', () => {
  expect(BASE_TYPE).toEqual({ content: 1, entryList: 2, packetTable: 3 })
  expect(ORIENTED_TYPE).toEqual({ opaque: 0, file: 1, files: 2, entries: 3, segment: 4 })
  expect(COMPRESSION).toEqual({ none: 0, zstd: 1, lz4: 2 })
  expect(CIPHER).toEqual({ none: 0, 'aes-256-gcm': 1, 'xsalsa20-poly1305': 2 })
})

test('a number is known only when something stands for it', () => {
  expect([0, 1, 3, 4, 1.5, Number.NaN].map((number) => isCode(BASE_TYPE, number))).toEqual([
    false,
    true,
    true,
    false,
    false,
    false,
  ])
})
