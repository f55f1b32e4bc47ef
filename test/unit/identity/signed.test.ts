import { describe, expect, test } from 'vitest'
import { createKeys, verify } from '../../../src/identity/keys.ts'
import { openSigned, SIGNING_CONTEXT, signBytes } from '../../../src/identity/signed.ts'
import { seededRandom } from '../../../src/system/random.ts'

const keys = createKeys(seededRandom(1))
const payload = new Uint8Array([1, 2, 3])

describe('signed bytes', () => {
  test('open in their own context, with the key that signed them', () => {
    const signed = signBytes(keys, SIGNING_CONTEXT.ticket, payload)
    expect(openSigned(keys.ed25519Public, SIGNING_CONTEXT.ticket, signed)).toEqual(payload)
  })

  test('do not open in any other context', () => {
    const contexts = Object.values(SIGNING_CONTEXT)
    for (const made of contexts) {
      for (const asked of contexts.filter((context) => context !== made)) {
        expect(openSigned(keys.ed25519Public, asked, signBytes(keys, made, payload))).toBeUndefined()
      }
    }
  })

  test('do not open with another key, or with another payload', () => {
    const signed = signBytes(keys, SIGNING_CONTEXT.receipt, payload)
    const stranger = createKeys(seededRandom(2)).ed25519Public
    expect(openSigned(stranger, SIGNING_CONTEXT.receipt, signed)).toBeUndefined()
    const changed = { ...signed, payload: new Uint8Array([1, 2, 4]) }
    expect(openSigned(keys.ed25519Public, SIGNING_CONTEXT.receipt, changed)).toBeUndefined()
  })

  test('are signed as context, zero byte, payload', () => {
    const { signature } = signBytes(keys, SIGNING_CONTEXT.manifest, payload)
    const covered = Buffer.concat([Buffer.from('treecast manifest 1'), Buffer.from([0]), payload])
    expect(verify(keys.ed25519Public, covered, signature)).toBe(true)
  })
})
