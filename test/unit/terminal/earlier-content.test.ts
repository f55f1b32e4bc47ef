import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { PacketPlace } from '../../../src/content/stored-content.ts'
import { digestOf } from '../../../src/seal/digests.ts'
import { systemFiles } from '../../../src/system/real-files.ts'
import { openEarlier } from '../../../src/terminal/earlier-content.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const text = (value: string) => new TextEncoder().encode(value)

/** The place of a packet that holds `plain` at `offset`. */
function placeOf(plain: string, offset: number): PacketPlace {
  const facts = { plainBytes: plain.length, plainDigest: digestOf(text(plain)) }
  return { offset, facts } as unknown as PacketPlace
}

async function earlierOf(content: string) {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'file'), content)
  const earlier = await openEarlier(systemFiles, { folder, staging: folder }, 'file')
  if (earlier === undefined) throw new Error('the file is there')
  onTestFinished(() => earlier.close())
  return earlier
}

describe('the content at the destination', () => {
  test('gives the packets that are the same bytes at the same place', async () => {
    const earlier = await earlierOf('abcdefgh')
    expect(await earlier.find(placeOf('abcd', 0))).toEqual(text('abcd'))
    expect(await earlier.find(placeOf('efXh', 4))).toBeUndefined()
    expect(await earlier.find(placeOf('efgh', 4))).toEqual(text('efgh'))
    expect(await earlier.find(placeOf('ghij', 6))).toBeUndefined()
    expect(await earlier.find(placeOf('zzzz', 100))).toBeUndefined()
  })

  test('is not read to its end when it has nothing in common', async () => {
    const earlier = await earlierOf('abcdefgh')
    for (let k = 0; k < 9; k++) expect(await earlier.find(placeOf('nope', 0))).toBeUndefined()
    expect(await earlier.find(placeOf('abcd', 0))).toBeUndefined()
  })

  test('is nothing where there is no file', async () => {
    const folder = temporaryFolder()
    expect(await openEarlier(systemFiles, { folder, staging: folder }, 'missing')).toBeUndefined()
    expect(await openEarlier(systemFiles, { folder: join(folder, '..'), staging: folder }, '.')).toBeUndefined()
  })
})
