/** Options that are places on the network: checked before anything is started, refused with their name and the nearest valid form. */

import { type Address, formatAddress, isUnspecified, parseAddress } from '../system/address.ts'
import { codeOf, TreecastError } from '../system/errors.ts'
import { usageError } from './usage-error.ts'

/** Of a main server, and of a terminal. */
const DEFAULT_PORT = 7717

/**
 * An address to listen at; port 0 takes any.
 * @param option with its hyphens
 * @param port the one that is suggested where only a host was given
 * @throws E_ADDRESS
 */
export function parseListen(option: string, text: string, port = DEFAULT_PORT): Address {
  try {
    return parseAddress(text)
  } catch (cause) {
    if (codeOf(cause) !== 'E_ADDRESS') throw cause
    const nearest = nearestAddress(text, port)
    const advice =
      nearest === undefined
        ? 'Write HOST:PORT, [IPV6]:PORT or :PORT with a port from 0 to 65535'
        : `Did you mean ${nearest}?`
    throw new TreecastError('E_ADDRESS', `${option} is '${text}', which is not an address. ${advice}`, { cause })
  }
}

/**
 * An address that somebody dials; undefined when the option was not given.
 * @param option with its hyphens
 * @throws E_ADDRESS, E_USAGE when it names every interface or no port
 */
export function parseReachable(option: string, text: string | undefined): Address | undefined {
  if (text === undefined) return undefined
  const address = parseListen(option, text)
  if (isUnspecified(address) || address.port === 0)
    throw usageError(
      `${option} is '${text}', which no machine can dial. Name a host and its port, such as main.example:${DEFAULT_PORT}`,
    )
  return address
}

/** A port alone, an IPv6 address without brackets, a host without a port: the address that was most likely meant. */
function nearestAddress(text: string, defaultPort: number): string | undefined {
  const [, bare, port] = /^([0-9A-Fa-f:]*:[0-9A-Fa-f:]*):(\d{4,5})$/.exec(text) ?? []
  const candidates = [
    ...(/^\d+$/.test(text) ? [`:${text}`] : []),
    ...(bare === undefined ? [] : [`[${bare}]:${port}`]),
    `[${text}]`,
    text,
  ]
  for (const candidate of candidates) {
    try {
      return formatAddress(parseAddress(candidate, defaultPort)).replace(/^0\.0\.0\.0:/, ':')
    } catch (error) {
      if (codeOf(error) !== 'E_ADDRESS') throw error
    }
  }
  return undefined
}
