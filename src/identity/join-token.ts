/**
 * A join token: all that a new node needs to find the main server, to know it for the right one, and to be let in, in one line that a
 * shell and a double click take as one word.
 *
 *   tcj1_ + base64url of
 *   ┌──────┬────────┬──────────┬───────────────┬────────┬───────────┬────────────┐
 *   │ role │ port   │ secret   │ fingerprint   │ length │ host      │ checksum   │
 *   │ 1    │ 2 (BE) │ 32       │ 32            │ 1      │ length    │ 4          │
 *   └──────┴────────┴──────────┴───────────────┴────────┴───────────┴────────────┘
 *
 * The checksum is the start of the SHA-256 of all before it. It protects nothing but the person who pastes: a token that lost a
 * letter is told apart from one that the main server does not know. Error messages never repeat a token: it is a secret.
 */

import { createHash } from 'node:crypto'
import { type Address, formatAddress, parseAddress } from '../system/address.ts'
import { invariant, TreecastError } from '../system/errors.ts'
import type { Fingerprint } from './node-id.ts'

export const JOIN_ROLES = ['terminal', 'operator'] as const
export type JoinRole = (typeof JOIN_ROLES)[number]

export interface JoinToken {
  /** Where the main server can be reached. */
  readonly address: Address
  /** The certificate it must show. */
  readonly fingerprint: Fingerprint
  /** 32 random bytes; the main server keeps only their hash. */
  readonly secret: Uint8Array
  readonly role: JoinRole
}

export const JOIN_SECRET_BYTES = 32

const PREFIX = 'tcj1_'
const ROLE_CODE: Readonly<Record<JoinRole, number>> = { terminal: 1, operator: 2 }
const FINGERPRINT_BYTES = 32
const CHECKSUM_BYTES = 4
const HOST_AT = 1 + 2 + JOIN_SECRET_BYTES + FINGERPRINT_BYTES + 1

export function encodeJoinToken({ address, fingerprint, secret, role }: JoinToken): string {
  const host = Buffer.from(parseAddress(formatAddress(address)).host)
  const certificateDigest = Buffer.from(fingerprint, 'base64url')
  invariant(
    secret.length === JOIN_SECRET_BYTES && certificateDigest.length === FINGERPRINT_BYTES,
    'a token of 32-byte parts',
  )
  const head = Buffer.alloc(HOST_AT)
  head.writeUInt8(ROLE_CODE[role], 0)
  head.writeUInt16BE(address.port, 1)
  head.set(secret, 3)
  head.set(certificateDigest, 3 + JOIN_SECRET_BYTES)
  head.writeUInt8(host.length, HOST_AT - 1)
  const body = Buffer.concat([head, host])
  return PREFIX + Buffer.concat([body, checksum(body)]).toString('base64url')
}

/**
 * Reads a token; white space around it does no harm.
 * @throws E_JOIN_TOKEN_MALFORMED
 */
export function decodeJoinToken(text: string): JoinToken {
  const token = text.trim()
  if (!token.startsWith(PREFIX)) throw malformed(`it does not start with ${PREFIX}`)
  const encoded = token.slice(PREFIX.length)
  const bytes = Buffer.from(encoded, 'base64url')
  const body = bytes.subarray(0, -CHECKSUM_BYTES)
  const intact = bytes.toString('base64url') === encoded && checksum(body).equals(bytes.subarray(-CHECKSUM_BYTES))
  if (!intact || body.length < HOST_AT || body.length !== HOST_AT + body.readUInt8(HOST_AT - 1)) {
    throw malformed('it was damaged in copying')
  }
  const role = JOIN_ROLES.find((name) => ROLE_CODE[name] === body.readUInt8(0))
  if (role === undefined) throw malformed('it names a role that this version does not know')
  const secretEnd = 3 + JOIN_SECRET_BYTES
  return {
    address: readAddress(body.toString('latin1', HOST_AT), body.readUInt16BE(1)),
    fingerprint: body.subarray(secretEnd, secretEnd + FINGERPRINT_BYTES).toString('base64url'),
    secret: new Uint8Array(body.subarray(3, secretEnd)),
    role,
  }
}

/** What the main server keeps of a token's secret. The secret is 256 random bits, so a plain hash cannot be guessed back. */
export function hashSecret(secret: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha256').update('treecast join secret 1\0').update(secret).digest())
}

function readAddress(host: string, port: number): Address {
  try {
    return parseAddress(formatAddress({ host, port }))
  } catch {
    throw malformed('it names no address')
  }
}

function checksum(body: Uint8Array): Buffer {
  return createHash('sha256').update('treecast join token 1\0').update(body).digest().subarray(0, CHECKSUM_BYTES)
}

function malformed(why: string): TreecastError {
  const message = `this is not a join token: ${why}. Copy the whole line that \`treecast serve token\` printed.`
  return new TreecastError('E_JOIN_TOKEN_MALFORMED', message)
}
