import nacl from 'tweetnacl'
import { describe, expect, test } from 'vitest'
import { createContentKey, keyCommitment, openCommitted } from '../../../src/seal/content-key.ts'
import { sharedKey, unwrapKey, WRAPPED_KEY_BYTES, wrapKey } from '../../../src/seal/key-wrap.ts'
import { seededRandom } from '../../../src/system/random.ts'

const pairOf = (seed: number) => nacl.box.keyPair.fromSecretKey(seededRandom(seed).bytes(32))
const server = pairOf(1)
const terminal = pairOf(2)
const stranger = pairOf(3)
const key = createContentKey(seededRandom(4))
const shared = sharedKey(terminal.publicKey, server.secretKey)
const wrapped = wrapKey(key, shared, seededRandom(5))

describe('a wrapped key', () => {
  test('opens for the terminal it was wrapped for', () => {
    expect(unwrapKey(wrapped, sharedKey(server.publicKey, terminal.secretKey))).toEqual(key)
  })

  test('does not open for anyone else', () => {
    expect(unwrapKey(wrapped, sharedKey(server.publicKey, stranger.secretKey))).toBeUndefined()
  })

  test('is a nonce and what nacl.box makes, and opens with nacl.box.open', () => {
    const nonce = wrapped.subarray(0, 24)
    const box = wrapped.subarray(24)
    expect(wrapped).toHaveLength(WRAPPED_KEY_BYTES)
    expect(WRAPPED_KEY_BYTES).toBe(72)
    expect(box).toEqual(nacl.box(key, nonce, terminal.publicKey, server.secretKey))
    expect(nacl.box.open(box, nonce, server.publicKey, terminal.secretKey)).toEqual(key)
  })

  test('made by nacl.box opens here', () => {
    const nonce = seededRandom(6).bytes(24)
    const box = nacl.box(key, nonce, terminal.publicKey, server.secretKey)
    expect(unwrapKey(Uint8Array.from([...nonce, ...box]), shared)).toEqual(key)
  })

  test('changed in any byte or length does not open', () => {
    for (let at = 0; at < wrapped.length; at++) {
      expect(unwrapKey(wrapped.with(at, (wrapped[at] as number) ^ 1), shared)).toBeUndefined()
    }
    expect(unwrapKey(wrapped.subarray(1), shared)).toBeUndefined()
    expect(unwrapKey(Uint8Array.from([...wrapped, 0]), shared)).toBeUndefined()
    expect(unwrapKey(new Uint8Array(0), shared)).toBeUndefined()
  })

  test('differs from wrap to wrap', () => {
    const random = seededRandom(8)
    expect(wrapKey(key, shared, random)).not.toEqual(wrapKey(key, shared, random))
  })

  test('is not made from keys of a wrong length', () => {
    const short = new Uint8Array(31)
    const refusal = expect.objectContaining({ code: 'E_KEY_LENGTH' })
    expect(() => sharedKey(short, server.secretKey)).toThrow(refusal)
    expect(() => sharedKey(server.publicKey, short)).toThrow(refusal)
    expect(() => wrapKey(short, shared, seededRandom(1))).toThrow(refusal)
    expect(() => wrapKey(key, short, seededRandom(1))).toThrow(refusal)
    expect(() => unwrapKey(wrapped, short)).toThrow(refusal)
  })
})

describe('the shared key', () => {
  test('is that of nacl.box.before, for any pair', () => {
    for (let seed = 10; seed < 20; seed++) {
      const [ours, theirs] = [pairOf(seed), pairOf(seed + 100)]
      expect(sharedKey(theirs.publicKey, ours.secretKey)).toEqual(nacl.box.before(theirs.publicKey, ours.secretKey))
    }
  })

  test("is NaCl's also where a peer shows a key of low order", () => {
    const one = new Uint8Array(32).with(0, 1)
    for (const low of [new Uint8Array(32), one]) {
      expect(sharedKey(low, server.secretKey)).toEqual(nacl.box.before(low, server.secretKey))
    }
  })
})

describe('the key commitment', () => {
  test('is the digest of a domain and the key, and not of the key alone', () => {
    const hex = Buffer.from(keyCommitment(new Uint8Array(32))).toString('hex')
    expect(hex).toBe('5e1e8c9ed433d03be10c47a0033b2edecf4aa6ab3b43ca937fb73fdc9ca8909b')
  })

  test('lets its key through', () => {
    expect(openCommitted(wrapped, shared, keyCommitment(key))).toEqual(key)
  })

  test('stops another key, however well wrapped', () => {
    const other = wrapKey(createContentKey(seededRandom(9)), shared, seededRandom(10))
    expect(openCommitted(other, shared, keyCommitment(key))).toBeUndefined()
    expect(openCommitted(new Uint8Array(72), shared, keyCommitment(key))).toBeUndefined()
  })
})
