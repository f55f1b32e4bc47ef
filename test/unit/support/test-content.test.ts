import { createHash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { zstdCompressSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { contentPieces, makeFile, sha256File } from '../../support/test-content.ts'

const MEBIBYTE = 1024 * 1024

describe('test content', () => {
  test.each([0, 1, 1000, MEBIBYTE, MEBIBYTE + 1])(
    'of %i bytes has that size and the digest that is returned',
    async (bytes) => {
      const path = join(temporaryFolder(), 'content')
      const digest = await makeFile(path, bytes)
      expect(statSync(path).size).toBe(bytes)
      expect(digest).toBe(createHash('sha256').update(readFileSync(path)).digest('hex'))
      expect(await sha256File(path)).toBe(digest)
    },
  )

  test('is the same for the same seed and another for another', async () => {
    const path = join(temporaryFolder(), 'content')
    const first = await makeFile(path, 5000, { seed: 7 })
    expect(await makeFile(path, 5000, { seed: 7 })).toBe(first)
    expect(await makeFile(path, 5000, { seed: 8 })).not.toBe(first)
  })

  test('shrinks to about a quarter when it is compressible, and not at all when it is not', () => {
    const [plain] = [...contentPieces(MEBIBYTE)]
    const [compressible] = [...contentPieces(MEBIBYTE, { compressible: true })]
    if (!plain || !compressible) throw new Error('no content')
    expect(zstdCompressSync(plain).length).toBeGreaterThan(MEBIBYTE)
    expect(zstdCompressSync(compressible).length).toBeLessThan(MEBIBYTE * 0.35)
  })
})
