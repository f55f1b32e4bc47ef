import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  decodeJoinToken,
  encodeJoinToken,
  hashSecret,
  JOIN_ROLES,
  type JoinToken,
} from '../../../src/identity/join-token.ts'

const token: JoinToken = {
  address: { host: 'main.example', port: 7717 },
  fingerprint: Buffer.alloc(32, 0xf1).toString('base64url'),
  secret: new Uint8Array(32).fill(0x5e),
  role: 'terminal',
}
const malformed = (why: string) =>
  expect.objectContaining({ code: 'E_JOIN_TOKEN_MALFORMED', message: expect.stringContaining(why) })

describe('a join token', () => {
  test('has one fixed text form', () => {
    expect(encodeJoinToken(token)).toBe(
      'tcj1_AR4lXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl5eXl7x8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8Qxt' +
        'YWluLmV4YW1wbGX4EDJ1',
    )
  })

  test('reads back as it was written, and is one word for a shell', () => {
    const tokens = fc.record({
      address: fc.record({ host: fc.oneof(fc.domain(), fc.ipV4(), fc.ipV6()), port: fc.nat({ max: 65_535 }) }),
      fingerprint: fc.uint8Array({ minLength: 32, maxLength: 32 }).map((b) => Buffer.from(b).toString('base64url')),
      secret: fc.uint8Array({ minLength: 32, maxLength: 32 }),
      role: fc.constantFrom(...JOIN_ROLES),
    })
    fc.assert(
      fc.property(tokens, (made) => {
        const text = encodeJoinToken(made)
        expect(text).toMatch(/^tcj1_[A-Za-z0-9_-]+$/)
        expect(decodeJoinToken(`  ${text}\n`)).toEqual(made)
      }),
    )
  })

  test('with any one character changed, left out or doubled is said to be damaged', () => {
    const text = encodeJoinToken(token)
    for (let at = 'tcj1_'.length; at < text.length; at++) {
      const changed = text[at] === 'A' ? 'B' : 'A'
      for (const put of [changed, '', `${text[at]}${text[at]}x`]) {
        const damaged = text.slice(0, at) + put + text.slice(at + 1)
        expect(() => decodeJoinToken(damaged), damaged).toThrow(malformed('damaged in copying'))
      }
    }
  })

  test('cut short anywhere is refused', () => {
    const text = encodeJoinToken(token)
    for (let length = 0; length < text.length; length++) {
      expect(() => decodeJoinToken(text.slice(0, length))).toThrow(malformed('not a join token'))
    }
  })

  test('that is something else says so, and is not repeated in the message', () => {
    expect(() => decodeJoinToken('hunter2')).toThrow(malformed('does not start with tcj1_'))
    expect(() => decodeJoinToken('hunter2')).not.toThrow(malformed('hunter2'))
  })

  test('is known to the main server by a hash that is not the plain one', () => {
    expect(Buffer.from(hashSecret(token.secret)).toString('hex')).toBe(
      '7986fe5844dc0983911bcfa6601ed0799705ba3f03679cce31c73a508afea18e',
    )
    expect(hashSecret(token.secret)).not.toEqual(hashSecret(new Uint8Array(32)))
  })
})
