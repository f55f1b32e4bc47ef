/**
 * The network as an argument: authenticated, framed, ordered links between two nodes. tls-network.ts is the real one,
 * memory-network.ts the modelled one; one suite (test/unit/link/network-suite.ts) holds for both.
 *
 * A link never pushes back on its own: the protocol bounds what a peer may send unasked (request windows, upload credit), and a
 * sender looks at `bufferedBytes` before it hands over more. Silence is a fault: a link sends PING when it has heard or said nothing
 * for a while, and closes when the peer stays silent (half-open detection). PING and PONG are never seen above this folder.
 *
 * How a link ends: `undefined` after an orderly close; E_LINK_LOST when the peer or the network cut it; E_SILENT; E_FRAME_VERSION,
 * E_FRAME_FLAGS, E_FRAME_TOO_LARGE for a peer's bad bytes; or the error that close() or a throwing handler gave.
 */

import type { Address } from '../system/address.ts'
import type { FrameLimit } from '../wire/frame.ts'

/** SHA-256 of the certificate's DER bytes, base64url: what a node pins of its peers. */
export type Fingerprint = string

export interface Frame {
  /** A number of wire/message-types.ts. */
  readonly type: number
  /** Everything behind the frame header, alone in its memory. Owned by the receiver of the frame. */
  readonly body: Uint8Array
}

export interface LinkHandlers {
  /** Called once per frame, in order. A throw closes the link with that error. */
  frame(frame: Frame): void
  /** `bufferedBytes` fell back to or below the low-water mark after it was above. */
  drained?(): void
  /** Called exactly once, never inside a call of the link; no frame follows. `error` is undefined after an orderly close by either side. */
  closed?(error: Error | undefined): void
}

export interface Link {
  readonly peerFingerprint: Fingerprint
  readonly remote: Address
  /** Whether this side dialled. */
  readonly dialled: boolean
  /** Bytes handed to send() and not yet taken by the network. */
  readonly bufferedBytes: number
  /** False after close() or once the peer or the network ended it. */
  readonly open: boolean
  /** Bytes of frames received so far, headers included. */
  readonly receivedBytes: number
  /** Reading begins with the first call: frames that arrive before are kept. Later calls replace the handlers. */
  attach(handlers: LinkHandlers): void
  /** The largest body accepted from now on, by the frame's type; LIMITS.strangerFrameBytes for all types before the first call. */
  allowFrameBytes(limit: FrameLimit): void
  /** Queues one frame whose body is the parts in order. Parts must not change afterwards. Dropped when the link is not open. */
  send(type: number, ...parts: readonly Uint8Array[]): void
  /** As send(). `taken` is called once the network has the frame, and nothing reads the parts again; not when the link ends before. */
  sendThen(taken: () => void, type: number, ...parts: readonly Uint8Array[]): void
  /**
   * Sends what is queued, then ends the link; frames that still arrive are dropped. With `error` the link ends at once and its handler
   * hears that error: what is queued or under way may be lost, and the peer hears E_LINK_LOST.
   */
  close(error?: Error): void
}

export interface Listener {
  /** Where it really listens (the port that `:0` became). */
  readonly address: Address
  /** Stops accepting; links that are open stay open. */
  close(): Promise<void>
}

export interface DialOptions {
  /** The certificate that the peer must show. */
  readonly expect: Fingerprint
  /** Time for connecting and the TLS handshake together. */
  readonly deadlineMs: number
}

export interface Network {
  /** @throws E_ADDRESS_IN_USE, E_LISTEN */
  listen(address: Address, accept: (link: Link) => void): Promise<Listener>
  /** @throws E_UNREACHABLE, E_DEADLINE, E_WRONG_PEER (another certificate than expected) */
  dial(address: Address, options: DialOptions): Promise<Link>
}
