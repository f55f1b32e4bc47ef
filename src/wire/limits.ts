/**
 * Every bound on what a peer may make this process hold, do or wait for. treecast-protocol(7) lists them. Sizes in bytes of a frame's
 * body unless the name says otherwise, times in milliseconds.
 */

const KIB = 1024
const MIB = 1024 * KIB

export const LIMITS = {
  /** A frame from a peer that has not yet shown who it is. */
  strangerFrameBytes: 8 * KIB,
  /** A frame of a control connection. */
  controlFrameBytes: 1 * MIB,
  /** A frame of a data connection: the largest packet, and room for its header and what sealing adds. */
  dataFrameBytes: 1 * MIB + 4 * KIB,
  /** A transport request: it names all targets below one terminal. */
  transportRequestBytes: 16 * MIB,

  /** A link says PING when it heard or said nothing for this long. */
  linkPingAfterMs: 5_000,
  /** A link is given up when it heard nothing for this long. */
  linkSilentAfterMs: 15_000,
  /** A closed link may take this long to send what it had queued. */
  linkCloseMs: 10_000,
  /** A link tells its user that it has drained when at most this much is still queued. */
  linkLowWaterBytes: 256 * KIB,
  /** From the acceptance of a connection to the end of its TLS handshake. */
  handshakeMs: 10_000,
  /** Connections of one listener whose handshake is not finished; more are refused at once. */
  unfinishedHandshakes: 256,
} as const
