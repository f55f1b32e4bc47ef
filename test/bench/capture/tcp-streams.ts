/**
 * The byte streams in a capture file: every TCP flow put together in the order of its sequence numbers, so that what is looked for is
 * found also where it runs across two packets.
 *
 *   file    header 24: magic 4 … link type 4     record    header 16: seconds 4, microseconds 4, captured bytes 4, bytes 4
 *   packet  LINUX_SLL 16: … protocol 2           IPv4, its header length in words   TCP, its header length in words
 *
 * Only what tcpdump writes here is read: pcap of this byte order with link type LINUX_SLL, and IPv4.
 */

const MAGIC = 0xa1b2c3d4
const FILE_HEADER_BYTES = 24
const RECORD_HEADER_BYTES = 16
const LINK_HEADER_BYTES = 16
const LINK_TYPE_LINUX_SLL = 113
const ETHERTYPE_IPV4 = 0x0800
const PROTOCOL_TCP = 6
const SYN = 0x02

interface Segment {
  readonly flow: string
  readonly sequence: number
  readonly syn: boolean
  readonly payload: Uint8Array
}

/**
 * @returns one stream a direction; bytes that the capture does not have are left out
 * @throws Error when it is no such file
 */
export function tcpStreams(pcap: Uint8Array): Uint8Array[] {
  const flows = Map.groupBy(segments(pcap), ({ flow }) => flow)
  return [...flows.values()].map(assemble)
}

function* segments(pcap: Uint8Array): Generator<Segment> {
  const view = new DataView(pcap.buffer, pcap.byteOffset, pcap.byteLength)
  if (pcap.length < FILE_HEADER_BYTES || view.getUint32(0, true) !== MAGIC) throw new Error('this is no pcap file')
  const linkType = view.getUint32(20, true)
  if (linkType !== LINK_TYPE_LINUX_SLL) throw new Error(`the capture has link type ${linkType}, not LINUX_SLL`)
  for (let at = FILE_HEADER_BYTES; at + RECORD_HEADER_BYTES <= pcap.length; ) {
    const from = at + RECORD_HEADER_BYTES
    at = from + view.getUint32(at + 8, true)
    const segment = readSegment(pcap.subarray(from, at))
    if (segment !== undefined) yield segment
  }
}

/** Undefined for anything but TCP over IPv4. */
function readSegment(packet: Uint8Array): Segment | undefined {
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength)
  if (view.getUint16(14) !== ETHERTYPE_IPV4) return undefined
  const ip = LINK_HEADER_BYTES
  if (view.getUint8(ip + 9) !== PROTOCOL_TCP) return undefined
  const tcp = ip + (view.getUint8(ip) & 0x0f) * 4
  const payload = tcp + (view.getUint8(tcp + 12) >> 4) * 4
  return {
    flow: packet.subarray(ip + 12, ip + 20).join('.') + packet.subarray(tcp, tcp + 4).join('.'),
    sequence: view.getUint32(tcp + 4),
    syn: (view.getUint8(tcp + 13) & SYN) !== 0,
    payload: packet.subarray(payload, ip + view.getUint16(ip + 2)),
  }
}

/** A flow longer than 2 GiB would pass the sequence numbers' turn; none here is. */
function assemble(flow: readonly Segment[]): Uint8Array {
  const first = flow.find(({ syn }) => syn) ?? flow[0]
  const start = first === undefined ? 0 : first.sequence + (first.syn ? 1 : 0)
  const placed = flow
    .filter(({ payload }) => payload.length > 0)
    .map(({ sequence, payload }) => ({ from: (sequence - start) | 0, payload }))
    .sort((a, b) => a.from - b.from)
  const pieces: Uint8Array[] = []
  let end = Number.NEGATIVE_INFINITY
  for (const { from, payload } of placed) {
    const known = Math.min(payload.length, Math.max(0, end - from))
    pieces.push(payload.subarray(known))
    end = Math.max(end, from + payload.length)
  }
  return Buffer.concat(pieces)
}
