import { expect, test } from 'vitest'
import { knownWindows, windowsFound } from '../../bench/capture/known-windows.ts'
import { tcpStreams } from '../../bench/capture/tcp-streams.ts'

interface Sent {
  readonly sequence: number
  readonly text?: string
  readonly syn?: boolean
  readonly port?: number
}

/** A capture file with these packets, as treecast's own capture has them: LINUX_SLL, IPv4, TCP. */
function pcap(packets: readonly Sent[], linkType = 113): Uint8Array {
  const header = Buffer.alloc(24)
  header.writeUInt32LE(0xa1b2c3d4, 0)
  header.writeUInt32LE(linkType, 20)
  return Buffer.concat([header, ...packets.flatMap(record)])
}

function record({ sequence, text = '', syn = false, port = 1000 }: Sent): Buffer[] {
  const payload = Buffer.from(text)
  const packet = Buffer.alloc(16 + 20 + 20)
  packet.writeUInt16BE(0x0800, 14)
  packet.writeUInt8(0x45, 16)
  packet.writeUInt16BE(40 + payload.length, 18)
  packet.writeUInt8(6, 25)
  packet.writeUInt16BE(port, 36)
  packet.writeUInt32BE(sequence, 40)
  packet.writeUInt8(0x50, 48)
  packet.writeUInt8(syn ? 0x02 : 0x10, 49)
  // As a short Ethernet frame is padded: what follows the IP packet belongs to nobody.
  const captured = Buffer.concat([packet, payload, Buffer.from('pad')])
  const before = Buffer.alloc(16)
  before.writeUInt32LE(captured.length, 8)
  return [before, captured]
}

function texts(file: Uint8Array): string[] {
  return tcpStreams(file).map((stream) => Buffer.from(stream).toString())
}

test('a stream is put together in order, each byte once', () => {
  const packets = [
    { sequence: 99, syn: true },
    { sequence: 103, text: 'defg' },
    { sequence: 100, text: 'abc' },
    { sequence: 100, text: 'abc' },
    { sequence: 102, text: 'cdefghi' },
  ]
  expect(texts(pcap(packets))).toEqual(['abcdefghi'])
})

test('sequence numbers may pass their turn within a stream', () => {
  const packets = [
    { sequence: 0xfffffffe, syn: true },
    { sequence: 2, text: 'def' },
    { sequence: 0xffffffff, text: 'abc' },
  ]
  expect(texts(pcap(packets))).toEqual(['abcdef'])
})

test('flows are kept apart', () => {
  const packets = [
    { sequence: 1, text: 'one', port: 1001 },
    { sequence: 1, text: 'two', port: 1002 },
    { sequence: 4, text: ' more', port: 1001 },
  ]
  expect(texts(pcap(packets))).toEqual(['one more', 'two'])
})

test('another kind of file is refused', () => {
  expect(() => tcpStreams(new Uint8Array(100))).toThrow('no pcap file')
  expect(() => tcpStreams(pcap([], 1))).toThrow('link type 1')
})

test('a window is found also where it runs across two packets, and only where it is', () => {
  const content = Buffer.from(Array.from({ length: 1000 }, (_, k) => `${k},`).join(''))
  const windows = knownWindows(content, 10)
  expect(new Set(windows.map((window) => window.length))).toEqual(new Set([32]))
  const text = content.toString()
  const packets = [...text].map((character, k) => ({ sequence: k, text: character }))
  expect(windowsFound(windows, tcpStreams(pcap(packets)))).toBe(10)
  expect(windowsFound(windows, [content.subarray(0, content.length / 2)])).toBe(5)
  expect(windowsFound(windows, [Buffer.from('other')])).toBe(0)
})
