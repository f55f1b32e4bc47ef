/**
 * Every bound on what a peer may make this process hold, do or wait for. treecast-protocol(7) lists them. Sizes in bytes of a frame's
 * body unless the name says otherwise, times in milliseconds.
 */

const KIB = 1024
const MIB = 1024 * KIB

export const LIMITS = {
  /** A frame from a peer that has not yet shown who it is, or that is not the peer's to send. */
  strangerFrameBytes: 8 * KIB,
  /** A message for which nothing else is said. */
  controlFrameBytes: 1 * MIB,
  /** A PACKET: the largest, and room for its header and what sealing adds. */
  dataFrameBytes: 1 * MIB + 4 * KIB,
  /** A transport request: it names all targets below one terminal. */
  transportRequestBytes: 16 * MIB,
  /** A content of at most this many plain bytes goes to its terminals whole when all of them stand directly below the main server. */
  wholeContentBytes: 64 * KIB,
  /** A DELIVER: such a content sealed, its tables, manifest and ticket. One that would be larger goes down its tree. */
  deliverBytes: 128 * KIB,

  /** A link says PING when it heard or said nothing for this long. */
  linkPingAfterMs: 3_000,
  /** A link is given up when it heard nothing for this long. */
  linkSilentAfterMs: 10_000,
  /** A closed link may take this long to send what it had queued. */
  linkCloseMs: 10_000,
  /** A link tells its user that it has drained when at most this much is still queued. */
  linkLowWaterBytes: 256 * KIB,
  /** From the acceptance of a connection to the end of its TLS handshake. */
  handshakeMs: 10_000,
  /** Connections of one listener whose handshake is not finished; more are refused at once. */
  unfinishedHandshakes: 256,

  /** Connecting and the TLS handshake together, of a link that this node dials. */
  dialMs: 5_000,
  /** From an accepted link to its HELLO, and from the dialler's HELLO to its answer. */
  helloMs: 5_000,
  /** From an accepted link to what shows that its peer may use it: a known certificate, or a TICKET. */
  authoriseMs: 15_000,
  /** Accepted links of one listener on which that is not shown yet; beyond it, the oldest is closed. */
  strangerLinks: 256,
  /** From ENROL to the answer. */
  enrolMs: 10_000,
  /** A link between terminals that no transfer needs is closed after this long. */
  idleLinkMs: 10_000,
  /** The main server asks each terminal for a heartbeat this often. */
  heartbeatMs: 5_000,
  /** Half of a round trip in which the main server's clock was read counts as the answer's age, up to this. */
  clockTransitMs: 250,
  /** A terminal at which something is to happen at a time reads that clock this often; in its last seconds at ever shorter intervals. */
  clockCheckMs: 30_000,
  clockLeadMs: 2_000,
  clockLastLookMs: 100,
  /** How long content that is to go live waits for the main server's word that it was not called off. */
  confirmMs: 5_000,
  /** After this long, what failed at its time is tried again. */
  timedRetryMs: 10_000,
  /** Of a content at least this large, the targets are asked first whether they can take it; it moves after this long at the latest. */
  preflightFromBytes: 1 * MIB,
  preflightMs: 1_000,
  /** Bytes that a terminal takes in one probe, and the largest PROBE. */
  probeBytes: 4 * MIB,
  probeFrameBytes: 64 * KIB,
  /** A probe's bytes come in so long after the first, and the rest does not count. */
  probeMs: 1_000,
  /** The answer to a probe's heartbeat, and the one to its bytes, is waited for this long. */
  probeAnswerMs: 5_000,
  /** Terminals that the main server probes at once, and that one query names: they are not to disturb each other. */
  probesAtOnce: 4,
  /** A command that a terminal's owner has run when content goes live or away is ended after this long. */
  hookMs: 600_000,
  /** A push waits this long for the commands that run because its content went live. */
  hookWaitMs: 10_000,
  /** First and last pause before a terminal dials the main server again. */
  reconnectFirstMs: 250,
  reconnectLastMs: 10_000,

  /** From a transport request to the child's route ack. */
  routeAckMs: 5_000,
  /** A terminal reports its progress this often while it changes; a millisecond for each target when those are more. */
  progressMs: 250,
  /** It does so this often at least: its upstreams and the main server take silence for a fault. */
  progressLastMs: 1_000,
  /** An upstream that sends nothing for this long, though it was asked, is reported to the main server. */
  stallMs: 2_000,
  /** The same of one that has sent nothing yet: all that stand above it have just begun as well. */
  firstPacketMs: 5_000,
  /** A terminal looks at its upstreams this often. */
  stallCheckMs: 500,
  /** Children that a terminal serves at once when the main server sends it more. */
  adoptedChildren: 6,
  /** Feed links that a terminal which cannot be dialled keeps open; the oldest gives way. */
  feedLinks: 64,
  /** A terminal that nobody serves says so again this often. */
  orphanReportMs: 2_000,
  /** A finished transfer stays this long for children that come late. */
  transferLingerMs: 30_000,
  /** Answers that a child has not read: beyond it, its link is closed. */
  answerBufferBytes: 256 * KIB,
  /** Packet numbers that one child may have asked for and not got. */
  wantedPackets: 4096,
  /** Bytes handed to a child's link ahead of what the network takes. */
  childBufferBytes: 1 * MIB,
  /** Sealed packets that a terminal keeps in memory per transfer, to be relayed as they came. */
  sealedWindowBytes: 4 * MIB,
  /** The same at the main server: what its children lag behind the upload is not to be sealed again. */
  mainWindowBytes: 24 * MIB,
  /** What is asked of one upstream and not yet stored is what it sends in this time and a round trip, within the next two bounds. */
  requestWindowMs: 500,
  /** Files at a content's destination that are looked through for packets of it; those behind them are not. */
  earlierFiles: 200_000,
  /** So long at most it takes to list them; those that were not found by then are not looked through. */
  earlierListMs: 5_000,
  /** Packets in them that are remembered at once, and packets of the content itself that others may be the same as. */
  earlierPackets: 100_000,
  /** Plain bytes asked of one upstream and not yet stored, at most. */
  requestWindowBytes: 4 * MIB,
  /** The same, at least. */
  leastWindowBytes: 128 * KIB,
  /** The same before the upstream's rate is known. */
  firstWindowBytes: 512 * KIB,
  /** A stripe that waits this long for what it asked for is helped by the other upstreams of the terminal. */
  helpAfterMs: 250,
  /** Packets that one upstream is asked for at once, if it holds them. */
  helpPackets: 64,
  /** An upstream that does not hold a packet is asked for it again after this long at the earliest. */
  askAgainMs: 500,
  /** Tables asked for ahead of the last one held. */
  tablesAhead: 3,
  /** Stored packets after which an ACK is sent. */
  packetsPerAck: 16,
  /** Packets of one upstream that may fail their checks before it is left. */
  refusedPackets: 8,
  /** Bytes stored between two syncs of an unfinished content. */
  syncEveryBytes: 32 * MIB,
  /** What everybody has stays in the library for the next push to its destination, unless the owner wants another time. */
  libraryAgeMs: 7 * 24 * 3_600_000,
  /** It stays only while so much of the library's disk is free. */
  libraryFreeBytes: 256 * MIB,
  /** The main server looks for what has stayed long enough this often. */
  libraryLookMs: 600_000,
  /** Bytes that a pusher may send ahead of what the library has taken. */
  uploadCreditBytes: 16 * MIB,
  /** Bytes that a pusher offers at once, when its packets are no longer, and the most packets of one offer. */
  offerBytes: 256 * KIB,
  offeredPackets: 64,
  /** A content of a known size below this is uploaded without offers. */
  offeredFromBytes: 64 * KIB,
  /** Files, folders and links of one content. */
  entries: 1_000_000,
  /** Bytes of the list of them. */
  entryListBytes: 64 * MIB,
  /** Most bytes of one UPLOAD. */
  uploadChunkBytes: 256 * KIB,
  /** A PLANNED, SNAPSHOT or ANSWER: a snapshot names every terminal. */
  answerBytes: 32 * MIB,
  /** The main server sends a watcher a new snapshot this often at most; longer with many terminals. */
  snapshotMs: 200,
  /** How long a terminal may take to say what lies at a path: a large folder is walked. */
  describeMs: 30_000,
  /** A terminal whose control connection is gone may take this long to come back before its delivery is put off. */
  offlineGraceMs: 5_000,
  /** The same for all of them after a start of the main server: longer than their longest pause before they dial, and the dial. */
  returnGraceMs: 20_000,
  /** A delivery that does not grow for this long, though the content is there, is served by the main server itself. */
  deliveryStallMs: 10_000,
  /** One that still does not grow has failed. */
  deliveryFailMs: 30_000,
  /** Children that the main server serves at once because they lost their upstream; more ask again. */
  fallbackChildren: 2,
  /** Terminals that come back within this time are served as one tree. */
  gatherMs: 300,
  /** A terminal that cannot be reached, though it is here, is tried this often before its delivery fails. */
  reachTries: 4,
  /** A terminal that lost its upstream is left to the promotion of another for this long. */
  promotionGraceMs: 500,
} as const
