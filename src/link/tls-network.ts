/**
 * The network over TLS 1.3 sockets. Both sides show a self-signed certificate; no authority vouches for it, its fingerprint does:
 * a dialler compares it with the one it expects before it sends a byte of its own, an acceptor hands it to whoever decides.
 */

import { connect as connectTls, createServer, type TLSSocket } from 'node:tls'
import type { Address } from '../system/address.ts'
import type { Clock } from '../system/clock.ts'
import type { TreecastError } from '../system/errors.ts'
import { LIMITS } from '../wire/limits.ts'
import { FramedLink } from './framed-link.ts'
import type { KeepaliveTimes } from './keepalive.ts'
import type { DialOptions, Link, Listener, Network } from './link.ts'
import { deadlineError, dialError, listenError, wrongPeerError } from './network-errors.ts'
import { type HandshakeLimits, HandshakeWatch } from './tls-handshakes.ts'
import { PROTOCOL, peerFingerprint, speaksTreecast } from './tls-peer.ts'
import { TlsTransport } from './tls-transport.ts'
import type { Traffic } from './traffic.ts'

export interface TlsNetworkOptions {
  readonly clock: Clock
  readonly certificatePem: string
  readonly privateKeyPem: string
  readonly keepalive?: KeepaliveTimes
  readonly handshakes?: HandshakeLimits
  /** Counts what moves on all links. */
  readonly traffic?: Traffic
}

const DEFAULT_HANDSHAKES: HandshakeLimits = { deadlineMs: LIMITS.handshakeMs, most: LIMITS.unfinishedHandshakes }

/** A network whose every link shows this certificate. It holds no state of its own. */
export function createTlsNetwork(options: TlsNetworkOptions): Network {
  return {
    listen: (address, accept) => listen(options, address, accept),
    dial: (address, dialOptions) => dial(options, address, dialOptions),
  }
}

function listen(options: TlsNetworkOptions, address: Address, accept: (link: Link) => void): Promise<Listener> {
  const server = createServer({ ...tlsOptions(options), requestCert: true })
  const watch = new HandshakeWatch(options.clock, options.handshakes ?? DEFAULT_HANDSHAKES)
  server.on('connection', (socket) => watch.started(socket))
  server.on('tlsClientError', (_error, socket) => socket.destroy())
  server.on('secureConnection', (socket) => {
    watch.finished(socket)
    const fingerprint = peerFingerprint(socket)
    if (!fingerprint || !speaksTreecast(socket)) return void socket.destroy()
    const remote = { host: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 }
    accept(framedLink(options, socket, { fingerprint, remote, dialled: false }))
  })
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(listenError(address, error)))
    server.listen(address.port, address.host, () => {
      const bound = server.address() as { address: string; port: number }
      resolve({
        address: { host: bound.address, port: bound.port },
        async close() {
          server.close()
          watch.refuseAll()
        },
      })
    })
  })
}

function dial(options: TlsNetworkOptions, address: Address, { expect, deadlineMs }: DialOptions): Promise<Link> {
  return new Promise((resolve, reject) => {
    const socket = connectTls({ ...tlsOptions(options), host: address.host, port: address.port })
    const settle = () => {
      timer.cancel()
      socket.off('error', refused).off('close', refused)
    }
    const fail = (error: TreecastError) => {
      settle()
      // A socket that is given up may still report why it ended; an unheard error event would end the process.
      socket.on('error', () => {})
      socket.destroy()
      reject(error)
    }
    const refused = (cause?: unknown) => fail(dialError(address, cause instanceof Error ? cause : undefined))
    const timer = options.clock.after(deadlineMs, () => fail(deadlineError(address, deadlineMs)))
    socket.on('error', refused)
    socket.on('close', refused)
    socket.once('secureConnect', () => {
      const shown = peerFingerprint(socket)
      if (shown === undefined || shown !== expect) fail(wrongPeerError(address, { expected: expect, shown }))
      else if (!speaksTreecast(socket)) fail(dialError(address, new Error(`it does not speak ${PROTOCOL}`)))
      else {
        settle()
        resolve(framedLink(options, socket, { fingerprint: shown, remote: address, dialled: true }))
      }
    })
  })
}

interface PeerFacts {
  readonly fingerprint: string
  readonly remote: Address
  readonly dialled: boolean
}

function framedLink(options: TlsNetworkOptions, socket: TLSSocket, peer: PeerFacts): Link {
  socket.setNoDelay(true)
  return new FramedLink({
    transport: new TlsTransport(socket, options.traffic),
    clock: options.clock,
    peerFingerprint: peer.fingerprint,
    remote: peer.remote,
    dialled: peer.dialled,
    ...(options.keepalive ? { keepalive: options.keepalive } : {}),
  })
}

function tlsOptions(options: TlsNetworkOptions) {
  return {
    cert: options.certificatePem,
    key: options.privateKeyPem,
    // Nobody vouches for a peer; left out, the machine's authorities would be read before the first link.
    ca: [options.certificatePem],
    minVersion: 'TLSv1.3' as const,
    maxVersion: 'TLSv1.3' as const,
    ALPNProtocols: [PROTOCOL],
    rejectUnauthorized: false,
  }
}
