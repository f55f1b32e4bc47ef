/**
 * A short code: what a person types to join an ad hoc main server that is on the same network (treecast-protocol(7), Short codes).
 *
 * The code is 50 random bits, ten letters and digits. A slow key derivation turns it and a random salt into the secret of a join token and
 * the key of an announcement, which the main server sends by multicast DNS:
 *
 *   key ‖ secret = scrypt(code, salt)          proof = HMAC-SHA-256(key, salt ‖ fingerprint ‖ port)
 *
 * Who knows the code sees by the proof that the certificate is the main server's, and shows by the secret that it may join. Who does not
 * would have to derive a key for each guess, 2^49 times on average: longer than any ad hoc server lives. Guesses at the server itself are
 * counted there.
 */

import { createHmac, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { TreecastError } from '../system/errors.ts'
import type { Random } from '../system/random.ts'
import { JOIN_SECRET_BYTES } from './join-token.ts'
import type { Fingerprint } from './node-id.ts'

/** Crockford's base 32: no I, L, O, U. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const CHARACTERS = 10
export const SALT_BYTES = 16
const KEY_BYTES = 32
/** 128 MiB of memory and a few tenths of a second for each guess. */
const COST = { N: 2 ** 17, r: 8, p: 1, maxmem: 2 ** 28 } as const

const derive = promisify<string, Uint8Array, number, typeof COST, Buffer>(scrypt)

/** What a main server announces to those who know its code. */
export interface Announcement {
  /** SALT_BYTES random bytes. */
  readonly salt: Uint8Array
  readonly fingerprint: Fingerprint
  readonly port: number
  readonly proof: Uint8Array
}

/** What both sides derive from the code. */
export interface CodeSecrets {
  readonly key: Uint8Array
  /** Of the join token. */
  readonly secret: Uint8Array
}

/** A new code, as it is shown: `7KQ2M-XW4PD`. */
export function newShortCode(random: Random): string {
  // 256 is a multiple of 32, so every letter is as likely as every other.
  const letters = [...random.bytes(CHARACTERS)].map((byte) => ALPHABET[byte % ALPHABET.length]).join('')
  return `${letters.slice(0, CHARACTERS / 2)}-${letters.slice(CHARACTERS / 2)}`
}

/** Whether what was given for a join token is meant as a short code. */
export function looksLikeShortCode(text: string): boolean {
  return /^[0-9a-z]{5}[- ]?[0-9a-z]{5}$/i.test(text.trim())
}

/**
 * The code's ten characters, whatever case and dash it was typed with; O is read as 0, I and L as 1.
 * @throws E_SHORT_CODE
 */
export function readShortCode(text: string): string {
  const code = text.trim().toUpperCase().replace(/[- ]/g, '').replaceAll('O', '0').replace(/[IL]/g, '1')
  if (code.length === CHARACTERS && [...code].every((letter) => ALPHABET.includes(letter))) return code
  const message = `'${text.trim()}' is not a short code: it has ten letters and digits, such as 7KQ2M-XW4PD, and no U`
  throw new TreecastError('E_SHORT_CODE', message)
}

/** Slow on purpose. @throws E_SHORT_CODE */
export async function deriveFromCode(code: string, salt: Uint8Array): Promise<CodeSecrets> {
  const bytes = await derive(readShortCode(code), salt, KEY_BYTES + JOIN_SECRET_BYTES, COST)
  return { key: new Uint8Array(bytes.subarray(0, KEY_BYTES)), secret: new Uint8Array(bytes.subarray(KEY_BYTES)) }
}

/** The announcement of a main server. */
export function proveAnnouncement(unproven: Omit<Announcement, 'proof'>, { key }: CodeSecrets): Announcement {
  return { ...unproven, proof: proofOf(unproven, key) }
}

/** Whether whoever announces this knows the code. */
export function isProven(announcement: Announcement, { key }: CodeSecrets): boolean {
  const proof = proofOf(announcement, key)
  return announcement.proof.length === proof.length && timingSafeEqual(announcement.proof, proof)
}

function proofOf({ salt, fingerprint, port }: Omit<Announcement, 'proof'>, key: Uint8Array): Uint8Array {
  const hmac = createHmac('sha256', key).update('treecast announcement 1\0').update(salt)
  return new Uint8Array(hmac.update(`${fingerprint}\0${port}`).digest())
}
