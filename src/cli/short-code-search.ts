/** From a short code to the join token that it stands for: the main server that knows it is looked for on the local network. */

import { encodeJoinToken } from '../identity/join-token.ts'
import { type Announcement, deriveFromCode, isProven, readShortCode, SALT_BYTES } from '../identity/short-code.ts'
import type { Attributes, Discovery } from '../link/discovery.ts'
import { type Clock, withDeadline } from '../system/clock.ts'
import { codeOf, TreecastError } from '../system/errors.ts'

const SEARCH_MS = 60_000
/** Announcements that are looked into: each costs a key derivation, and anybody on the network can make more. */
const MAX_CANDIDATES = 32

/**
 * The token of the main server that proves to know the code.
 * @throws E_SHORT_CODE, E_CODE_NOT_FOUND
 */
export async function tokenOfShortCode(text: string, means: { discovery: Discovery; clock: Clock }): Promise<string> {
  const code = readShortCode(text)
  const found = Promise.withResolvers<string>()
  const seen = new Set<string>()
  let looking = Promise.resolve()
  const look = ({ host, attributes }: { readonly host: string; readonly attributes: Attributes }) => {
    const announcement = announcementOf(attributes)
    const key = JSON.stringify([host, attributes])
    if (announcement === undefined || seen.has(key) || seen.size >= MAX_CANDIDATES) return
    seen.add(key)
    // One after the other: each takes a good part of this machine for a moment.
    looking = looking.then(async () => {
      const secrets = await deriveFromCode(code, announcement.salt)
      if (!isProven(announcement, secrets)) return
      const { fingerprint, port } = announcement
      found.resolve(encodeJoinToken({ address: { host, port }, fingerprint, secret: secrets.secret, role: 'terminal' }))
    })
    looking.catch(found.reject)
  }
  const search = means.discovery.search({ found: look, failed: found.reject })
  try {
    return await withDeadline({ clock: means.clock, ms: SEARCH_MS, what: 'the search' }, found.promise)
  } catch (cause) {
    if (codeOf(cause) !== 'E_DEADLINE') throw cause
    const message = `nobody on this network knows the code ${text.trim()}: check it, and that the push still waits. Across networks, use the long line that it shows.`
    throw new TreecastError('E_CODE_NOT_FOUND', message, { cause })
  } finally {
    search.stop()
  }
}

/** The attributes by which a main server is announced. */
export function attributesOf({ salt, fingerprint, port, proof }: Announcement): Attributes {
  return { v: '1', s: base64(salt), f: fingerprint, p: String(port), m: base64(proof) }
}

/** Undefined when they are not those of a main server. */
function announcementOf({ v, s = '', f = '', p = '', m = '' }: Attributes): Announcement | undefined {
  const [salt, proof] = [Buffer.from(s, 'base64url'), Buffer.from(m, 'base64url')]
  const port = /^\d{1,5}$/.test(p) ? Number(p) : 0
  const whole = v === '1' && salt.length === SALT_BYTES && proof.length === 32 && port > 0 && port < 65_536
  return whole && /^[\w-]{43}$/.test(f) ? { salt, fingerprint: f, port, proof } : undefined
}

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url')
