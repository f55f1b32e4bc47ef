import { describe, expect, test } from 'vitest'
import {
  type Announcement,
  deriveFromCode,
  isProven,
  looksLikeShortCode,
  newShortCode,
  proveAnnouncement,
  readShortCode,
  SALT_BYTES,
} from '../../../src/identity/short-code.ts'
import { seededRandom, systemRandom } from '../../../src/system/random.ts'

const SALT = new Uint8Array(SALT_BYTES).fill(7)

describe('a short code', () => {
  test('has ten characters that nobody mistakes for others', () => {
    const random = seededRandom(1)
    for (let k = 0; k < 100; k++) expect(newShortCode(random)).toMatch(/^[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}$/)
  })

  test.each([
    ['7kq2m-xw4pd', '7KQ2MXW4PD'],
    [' 7KQ2M XW4PD\n', '7KQ2MXW4PD'],
    ['ooooo-iIlL1', '0000011111'],
  ])('typed as %j is read as %s', (typed, read) => {
    expect(looksLikeShortCode(typed)).toBe(true)
    expect(readShortCode(typed)).toBe(read)
  })

  test.each(['', '7KQ2M', '7KQ2M-XW4P', '7KQ2M-XW4PDD', '7KQ2M_XW4PD', 'UUUUU-UUUUU', 'tcj1_AbCdEf'])(
    '%j is none',
    (text) => expect(() => readShortCode(text)).toThrow(/short code/),
  )
})

describe('an announcement', () => {
  const announce = async (code: string): Promise<Announcement> =>
    proveAnnouncement({ salt: SALT, fingerprint: 'f'.repeat(43), port: 7717 }, await deriveFromCode(code, SALT))

  test('is proven to who knows the code, however it was typed', async () => {
    const code = newShortCode(systemRandom)
    const announcement = await announce(code)
    expect(isProven(announcement, await deriveFromCode(code.toLowerCase(), SALT))).toBe(true)
  })

  test('is not proven with another code, certificate, port, salt or proof', async () => {
    const announcement = await announce('00000-00000')
    const secrets = await deriveFromCode('00000-00000', SALT)
    expect(isProven(announcement, await deriveFromCode('00000-00001', SALT))).toBe(false)
    for (const changed of [
      { fingerprint: 'g'.repeat(43) },
      { port: 7718 },
      { salt: new Uint8Array(SALT_BYTES) },
      { proof: new Uint8Array(32) },
      { proof: new Uint8Array(0) },
    ]) {
      expect(isProven({ ...announcement, ...changed }, secrets), JSON.stringify(changed)).toBe(false)
    }
  })

  test('gives each salt its own secret', async () => {
    const [one, other] = [
      await deriveFromCode('00000-00000', SALT),
      await deriveFromCode('00000-00000', new Uint8Array(SALT_BYTES)),
    ]
    expect(one.secret).not.toEqual(other.secret)
    expect(one.secret).not.toEqual(one.key)
  })
})
