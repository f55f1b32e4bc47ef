/** `HOST:PORT` as text and as a value: the one reader and writer of addresses, from options, join tokens and the wire. */

import { TreecastError } from './errors.ts'

export interface Address {
  /** A host name, an IPv4 address, or an IPv6 address without brackets. */
  readonly host: string
  readonly port: number
}

/** What `:PORT` stands for: every IPv4 interface. (`[::]:PORT` is every interface where the machine has IPv6.) */
const UNSPECIFIED_IPV4 = '0.0.0.0'
const UNSPECIFIED_HOSTS: readonly string[] = [UNSPECIFIED_IPV4, '::']

const MAX_HOST_LENGTH = 253
const IPV6 = /^(?=.*:.*:)[0-9A-Fa-f:.]+(%[\w.-]+)?$/
const HOST_NAME = /^[A-Za-z0-9_]([\w.-]*[A-Za-z0-9_.])?$/

/**
 * Reads `HOST:PORT`, `[IPV6]:PORT` or `:PORT`; with `defaultPort` also `HOST` and `[IPV6]`. Port 0 means "any" where it is listened on.
 * @throws E_ADDRESS
 */
export function parseAddress(text: string, defaultPort?: number): Address {
  const match = /^(?:\[(?<ipv6>[^\]]*)\]|(?<name>[^:[\]]*))(?::(?<port>\d{1,5}))?$/.exec(text)
  const { ipv6, name, port: digits } = match?.groups ?? {}
  const port = digits === undefined ? defaultPort : Number(digits)
  const host = ipv6 ?? (name === '' && digits !== undefined ? UNSPECIFIED_IPV4 : name)
  if (!match || host === undefined || port === undefined || port > 65_535) throw malformed(text)
  if (host.length > MAX_HOST_LENGTH || !(ipv6 === undefined ? HOST_NAME : IPV6).test(host)) throw malformed(text)
  return { host, port }
}

/** The text that parseAddress reads back; an IPv6 host goes into brackets. */
export function formatAddress({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** Whether the host stands for every interface, and so is nothing that another machine could dial. */
export function isUnspecified({ host }: Address): boolean {
  return UNSPECIFIED_HOSTS.includes(host)
}

function malformed(text: string): TreecastError {
  const message = `${JSON.stringify(text)} is not an address. Write HOST:PORT, [IPV6]:PORT or :PORT with a port from 0 to 65535.`
  return new TreecastError('E_ADDRESS', message, { facts: { address: text } })
}
