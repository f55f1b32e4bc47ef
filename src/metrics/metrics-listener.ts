/**
 * The figures over HTTP, for Prometheus: GET /metrics, and GET /healthz, which answers 200 while the process serves.
 *
 * Plain text without a login: it says how much is moved, never what. Whoever asks is bounded in time, bytes and number.
 */

import { createServer, type Server, type ServerResponse } from 'node:http'
import { listenError } from '../link/network-errors.ts'
import { type Address, formatAddress } from '../system/address.ts'
import { messageOf } from '../system/errors.ts'
import type { Log } from '../system/log.ts'
import type { PrometheusMeter } from './prometheus-meter.ts'

const MOST_CONNECTIONS = 64
const REQUEST_DEADLINE_MS = 10_000
const MOST_HEADER_BYTES = 8 * 1024

export interface MetricsListener {
  /** Where it really listens. */
  readonly address: Address
  stop(): Promise<void>
}

/** @throws E_ADDRESS_IN_USE, E_LISTEN */
export async function serveMetrics(
  { listen, meter }: { readonly listen: Address; readonly meter: PrometheusMeter },
  log: Log,
): Promise<MetricsListener> {
  const server = createServer({ maxHeaderSize: MOST_HEADER_BYTES, requestTimeout: REQUEST_DEADLINE_MS })
  server.maxConnections = MOST_CONNECTIONS
  server.on('request', (request, response) => {
    const path = request.url?.split('?', 1)[0]
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return answer(response, { status: 405, text: 'GET only\n' })
    if (path === '/healthz') return answer(response, { status: 200, text: 'ok\n' })
    if (path !== '/metrics') return answer(response, { status: 404, text: 'There is /metrics, and /healthz.\n' })
    meter.text().then(
      (text) => answer(response, { status: 200, text, type: meter.contentType }),
      (error: unknown) => {
        log.error('the figures cannot be read', { error: messageOf(error) })
        answer(response, { status: 500, text: 'the figures cannot be read\n' })
      },
    )
  })
  const address = await listening(server, listen)
  log.info('metrics are served', { address: `http://${formatAddress(address)}/metrics` })
  return {
    address,
    stop: () =>
      new Promise((stopped) => {
        server.close(() => stopped())
        server.closeAllConnections()
      }),
  }
}

function listening(server: Server, listen: Address): Promise<Address> {
  const { promise, resolve, reject } = Promise.withResolvers<Address>()
  server.once('error', (error) => reject(listenError(listen, error)))
  server.listen(listen.port, listen.host, () => {
    const { address, port } = server.address() as { address: string; port: number }
    resolve({ host: address, port })
  })
  return promise
}

interface Answer {
  readonly status: number
  readonly text: string
  /** Default: plain text. */
  readonly type?: string
}

function answer(response: ServerResponse, { status, text, type = 'text/plain; charset=utf-8' }: Answer): void {
  response.writeHead(status, { 'content-type': type })
  response.end(text)
}
