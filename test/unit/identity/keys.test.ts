import fc from 'fast-check'
import nacl from 'tweetnacl'
import { describe, expect, test } from 'vitest'
import { createKeys, keysFromSecrets, sign, verify } from '../../../src/identity/keys.ts'
import { isNodeId, nodeIdOf } from '../../../src/identity/node-id.ts'
import { seededRandom, systemRandom } from '../../../src/system/random.ts'

const text = new TextEncoder().encode('packets for everyone')
const hex = (digits: string) => new Uint8Array(Buffer.from(digits, 'hex'))

describe('keys', () => {
  test('follow RFC 8032, test 2', () => {
    const keys = keysFromSecrets({
      ed25519Seed: hex('4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb'),
      x25519Secret: new Uint8Array(32).fill(1),
    })
    expect(keys.ed25519Public).toEqual(hex('3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c'))
    expect(sign(keys, hex('72'))).toEqual(
      hex(
        '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da' +
          '085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
      ),
    )
  })

  test('give the signatures that tweetnacl gives and accepts', () => {
    fc.assert(
      fc.property(fc.integer(), fc.uint8Array({ maxLength: 300 }), (seed, bytes) => {
        const keys = createKeys(seededRandom(seed))
        const oracle = nacl.sign.keyPair.fromSeed(keys.secrets.ed25519Seed)
        expect(keys.ed25519Public).toEqual(oracle.publicKey)
        expect(sign(keys, bytes)).toEqual(nacl.sign.detached(bytes, oracle.secretKey))
        expect(verify(keys.ed25519Public, bytes, sign(keys, bytes))).toBe(true)
      }),
      { numRuns: 10 },
    )
  })

  test('open what was boxed to them', () => {
    const [to, from] = [createKeys(systemRandom), createKeys(systemRandom)]
    const nonce = systemRandom.bytes(24)
    const boxed = nacl.box(text, nonce, to.x25519.publicKey, from.x25519.secretKey)
    expect(nacl.box.open(boxed, nonce, from.x25519.publicKey, to.x25519.secretKey)).toEqual(text)
  })

  test('repeat themselves for the same chance, and only then', () => {
    expect(createKeys(seededRandom(7)).ed25519Public).toEqual(createKeys(seededRandom(7)).ed25519Public)
    expect(createKeys(seededRandom(7)).ed25519Public).not.toEqual(createKeys(seededRandom(8)).ed25519Public)
  })
})

describe('verify', () => {
  const keys = createKeys(seededRandom(1))
  const signature = sign(keys, text)

  test('refuses a signature, a text or a key with any one bit changed', () => {
    const flip = (bytes: Uint8Array, bit: number) => {
      const changed = new Uint8Array(bytes)
      const at = (bit >> 3) % bytes.length
      changed[at] = (changed[at] as number) ^ (1 << (bit & 7))
      return changed
    }
    fc.assert(
      fc.property(fc.nat({ max: 511 }), (bit) => {
        expect(verify(keys.ed25519Public, text, flip(signature, bit))).toBe(false)
        expect(verify(keys.ed25519Public, flip(text, bit), signature)).toBe(false)
        expect(verify(flip(keys.ed25519Public, bit), text, signature)).toBe(false)
      }),
    )
  })

  test('never throws, whatever a peer sends as key and signature', () => {
    const anything = fc.oneof(fc.uint8Array({ maxLength: 80 }), fc.uint8Array({ minLength: 32, maxLength: 32 }))
    fc.assert(
      fc.property(anything, anything, (key, noSignature) => {
        expect(verify(key, text, noSignature)).toBe(false)
        expect(verify(keys.ed25519Public, text, noSignature)).toBe(false)
      }),
    )
  })
})

describe('a node id', () => {
  test('is the base64url SHA-256 of the Ed25519 key', () => {
    const id = nodeIdOf(new Uint8Array(32))
    expect(id).toBe('Zmh6rfhivXdsj8GLjp-OIAiXFIVu4jOzkCpZHQ1fKSU')
    expect(isNodeId(id)).toBe(true)
    expect(isNodeId(`${id}x`)).toBe(false)
    expect(isNodeId('web7')).toBe(false)
  })
})
