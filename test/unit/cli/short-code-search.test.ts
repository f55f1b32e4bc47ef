import { expect, test } from 'vitest'
import { attributesOf, tokenOfShortCode } from '../../../src/cli/short-code-search.ts'
import { decodeJoinToken } from '../../../src/identity/join-token.ts'
import { deriveFromCode, proveAnnouncement, SALT_BYTES } from '../../../src/identity/short-code.ts'
import type { Attributes, Discovery } from '../../../src/link/discovery.ts'
import { codeOf } from '../../../src/system/errors.ts'
import { VirtualClock } from '../../../src/system/virtual-clock.ts'

const SALT = new Uint8Array(SALT_BYTES).fill(9)
const FINGERPRINT = Buffer.alloc(32, 3).toString('base64url')

async function announcedWith(code: string): Promise<Attributes> {
  const secrets = await deriveFromCode(code, SALT)
  return attributesOf(proveAnnouncement({ salt: SALT, fingerprint: FINGERPRINT, port: 40_000 }, secrets))
}

/** A network on which these announcements are heard, each from a host of its own. */
function network(...heard: readonly Attributes[]): Discovery & { stopped: boolean } {
  return {
    stopped: false,
    announce: () => ({ stop() {} }),
    search({ found }) {
      for (const [k, attributes] of heard.entries()) found({ host: `10.0.0.${k + 1}`, attributes })
      return {
        stop: () => {
          this.stopped = true
        },
      }
    },
  }
}

test('the one that proves to know the code is joined, among others and nonsense', async () => {
  const discovery = network(
    {},
    { v: '1', s: '!', f: 'x', p: '0', m: '' },
    await announcedWith('11111-11111'),
    await announcedWith('22222-22222'),
  )
  const token = decodeJoinToken(await tokenOfShortCode('22222-22222', { discovery, clock: new VirtualClock() }))
  const { secret } = await deriveFromCode('22222-22222', SALT)
  expect(token).toEqual({
    address: { host: '10.0.0.4', port: 40_000 },
    fingerprint: FINGERPRINT,
    secret,
    role: 'terminal',
  })
  expect(discovery.stopped).toBe(true)
})

test('a code that nobody knows ends with advice', async () => {
  const clock = new VirtualClock()
  const discovery = network()
  const searched = tokenOfShortCode('22222-22222', { discovery, clock }).catch((error: Error) => error)
  await clock.advance(60_000)
  const error = await searched
  expect(codeOf(error)).toBe('E_CODE_NOT_FOUND')
  expect(String(error)).toMatch(/check it, and that the push still waits/)
  expect(discovery.stopped).toBe(true)
})
