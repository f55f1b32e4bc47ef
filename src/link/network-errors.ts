/** The errors of dialling and listening; the modelled network reports the same ones. */

import { type Address, formatAddress } from '../system/address.ts'
import { codeOf, messageOf, TreecastError } from '../system/errors.ts'
import type { Fingerprint } from './link.ts'

const LISTEN_ADVICE: Readonly<Record<string, string>> = {
  EACCES: 'Ports below 1024 need root: choose another with --listen',
  ENOTFOUND:
    'No host has that name: choose an address of this machine with --listen, such as 0.0.0.0:7717 for all of them',
  EADDRNOTAVAIL:
    'This machine does not have that address: choose another with --listen, such as 0.0.0.0:7717 for all it has',
}

export function listenError(address: Address, cause: Error): TreecastError {
  const name = formatAddress(address)
  const facts = { host: address.host, port: address.port }
  if (codeOf(cause) === 'EADDRINUSE') {
    const message = `another process listens on ${name} already. Stop it, or choose another port.`
    return new TreecastError('E_ADDRESS_IN_USE', message, { facts, cause })
  }
  const advice = LISTEN_ADVICE[codeOf(cause)] ?? 'Choose an address of this machine with --listen'
  return new TreecastError('E_LISTEN', `cannot listen on ${name} (${messageOf(cause)}). ${advice}.`, { facts, cause })
}

/** @param cause undefined when the peer closed the connection during the handshake */
export function dialError(address: Address, cause?: Error): TreecastError {
  const why = cause ? messageOf(cause) : 'it closed the connection during the handshake'
  return new TreecastError('E_UNREACHABLE', `cannot reach ${formatAddress(address)}: ${why}`, {
    facts: { host: address.host, port: address.port },
    cause,
  })
}

export function deadlineError(address: Address, deadlineMs: number): TreecastError {
  return new TreecastError('E_DEADLINE', `${formatAddress(address)} did not answer within ${deadlineMs} ms`, {
    facts: { host: address.host, port: address.port, deadlineMs },
  })
}

/** @param certificates `shown` is undefined when the peer showed none */
export function wrongPeerError(
  address: Address,
  { expected, shown }: { expected: Fingerprint; shown: Fingerprint | undefined },
): TreecastError {
  const name = formatAddress(address)
  return new TreecastError(
    'E_WRONG_PEER',
    `${name} is not the expected node: it shows the certificate ${shown ?? '(none)'}, expected was ${expected}`,
    { facts: { host: address.host, port: address.port, expected, shown: shown ?? null } },
  )
}
