/** treecast-protocol(7) says what the code does: its tables are compared with the constants and schemas, line by line. */

import { readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { SIGNING_CONTEXT } from '../../../src/identity/signed.ts'
import { PROTOCOL } from '../../../src/link/tls-peer.ts'
import { WRAPPED_KEY_BYTES } from '../../../src/seal/key-wrap.ts'
import { PACKET_BINDING_BYTES } from '../../../src/seal/packet-binding.ts'
import { MAX_SEGMENT_PACKETS } from '../../../src/seal/packet-table.ts'
import { MAX_PACKET_BYTES } from '../../../src/seal/segments.ts'
import { BASE_TYPE, CIPHER, COMPRESSION, ORIENTED_TYPE } from '../../../src/wire/codes.ts'
import { entryListField, errorField, signedField } from '../../../src/wire/field-schemas.ts'
import { FRAME_HEADER_BYTES, FRAME_VERSION } from '../../../src/wire/frame.ts'
import { LIMITS } from '../../../src/wire/limits.ts'
import { MESSAGE, type MessageName, maySend, PURPOSES, type Purpose } from '../../../src/wire/message-types.ts'
import { isMapMessage } from '../../../src/wire/messages.ts'
import { operatorSchemas } from '../../../src/wire/operator-messages.ts'
import { encodePacketHeader, PACKET_HEADER_BYTES, type PacketHeader } from '../../../src/wire/packet-header.ts'
import { PROTOCOL_VERSION, sessionSchemas } from '../../../src/wire/session-messages.ts'
import { manifestSchema, receiptSchema, ticketSchema } from '../../../src/wire/signed-documents.ts'
import { rankedTerminalSchema, transferSnapshotSchema } from '../../../src/wire/snapshot.ts'
import { transferSchemas } from '../../../src/wire/transfer-messages.ts'
import { describeSchema } from '../../support/wire/describe-schema.ts'
import { EXAMPLE_PACKET_HEADER } from '../../support/wire/example-messages.ts'
import { ManualPage } from '../../support/wire/manual-page.ts'

const page = ManualPage.read('treecast-protocol.7')
const schemas = { ...sessionSchemas, ...transferSchemas, ...operatorSchemas }
const names = Object.keys(MESSAGE) as MessageName[]

/** TRANSPORT_REQUEST for transportRequest. */
function wireName(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()
}

function titleOf(name: MessageName): string {
  return `${wireName(name)} (0x${MESSAGE[name].toString(16).padStart(2, '0')})`
}

/** The fields that a table lists, and those that a schema has, in the same form. */
function fieldsOn(part: ManualPage): string[] {
  return part.items().map(({ tag, first }) => `${tag}: ${first}`)
}

function fieldsIn(schema: v.GenericSchema): string[] {
  return describeSchema(schema).map(({ name, type, bound }) => `${name}: ${bound === '' ? type : `${type}, ${bound}`}.`)
}

/** Who sends a message, in the page's words. */
function sendersOf(name: MessageName): string[] {
  return (['dialler', 'acceptor'] as const).flatMap((side) => {
    const purposes = PURPOSES.filter((purpose) => maySend(purpose, side, name))
    return purposes.length === 0 ? [] : [`Sent by the ${side}: ${purposes.join(', ')}.`]
  })
}

function speechOf(purpose: Purpose, side: 'dialler' | 'acceptor'): string[] {
  return names.filter((name) => maySend(purpose, side, name)).map(wireName)
}

describe('messages', () => {
  test('are all there, under their numbers and in their order', () => {
    const titles = page.subsections('MESSAGES').filter((title) => /\(0x/.test(title))
    expect(titles).toEqual(names.toSorted((a, b) => MESSAGE[a] - MESSAGE[b]).map(titleOf))
  })

  test.each(names)('%s has the senders that the code lets speak', (name) => {
    const said = page
      .subsection(titleOf(name))
      .text.split('\n')
      .filter((line) => line.startsWith('Sent by'))
    expect(said).toEqual(sendersOf(name))
  })

  test.each(names)('%s has the members of its schema, with their types and bounds', (name) => {
    const schema = isMapMessage(name) ? schemas[name] : undefined
    expect(fieldsOn(page.subsection(titleOf(name)))).toEqual(schema === undefined ? [] : fieldsIn(schema))
  })

  test.each<[string, v.GenericSchema]>([
    ['signed', signedField],
    ['error', errorField.wrapped],
    ['list', entryListField],
    ['snapshot', transferSnapshotSchema],
    ['terminal', transferSnapshotSchema.entries.terminals.item],
    ['ranked', rankedTerminalSchema],
  ])('the structure %s has the members of its schema', (name, schema) => {
    expect(fieldsOn(page.section('MESSAGES').structure(name))).toEqual(fieldsIn(schema))
  })

  test('a summary is a snapshot without its terminals, as the page says', () => {
    expect(page.text).toContain('a summary is a snapshot without its terminals')
    const { terminals: _, ...summary } = transferSnapshotSchema.entries
    expect(describeSchema(v.strictObject(summary))).toEqual(
      describeSchema(transferSnapshotSchema).filter(({ name }) => !name.startsWith('terminals')),
    )
  })
})

describe('purposes', () => {
  test.each(PURPOSES)('%s links let each side send what the code does', (purpose) => {
    const lists = page.section('CONNECTIONS').subsection(purpose).items()
    const listed = lists.map(({ tag, first }) => [tag, first.split(', ').sort()])
    expect(listed).toEqual([
      ['dialler', speechOf(purpose, 'dialler').sort()],
      ['acceptor', speechOf(purpose, 'acceptor').sort()],
    ])
  })

  test('the page knows every purpose and no other', () => {
    expect(page.subsections('CONNECTIONS').filter((title) => !title.includes(' '))).toEqual([...PURPOSES])
  })
})

describe('packets', () => {
  const layout = page
    .section('PACKETS')
    .rows()
    .filter((row) => /^\d/.test(row[0] ?? ''))

  test('have every header field of the code, end to end', () => {
    expect(layout.map((row) => row[2]).sort()).toEqual(Object.keys(EXAMPLE_PACKET_HEADER).sort())
    let at = 0
    for (const [offset, length] of layout) {
      // Two reserved bytes stand before the checksum.
      expect([at, at + 2]).toContain(Number(offset))
      at = Number(offset) + Number(length)
    }
    expect(at).toBe(PACKET_HEADER_BYTES)
  })

  test.each(layout)('at offset %s, %s bytes long, stands %s', (offset, length, name) => {
    const key = name as keyof PacketHeader
    const changed = key === 'checksum' ? new Uint8Array(16) : EXAMPLE_PACKET_HEADER[key] ^ -1
    const positive = typeof changed === 'number' ? changed >>> 0 : changed
    const [before, after] = [EXAMPLE_PACKET_HEADER, { ...EXAMPLE_PACKET_HEADER, [key]: positive }].map(
      encodePacketHeader,
    )
    const different = [...(before as Uint8Array).keys()].filter((at) => before?.[at] !== after?.[at])
    expect(different.length).toBeGreaterThan(0)
    expect(different.at(-1)).toBe(Number(offset) + Number(length) - 1)
    expect(different[0]).toBeGreaterThanOrEqual(Number(offset))
  })

  test('have the codes of the code', () => {
    const codes = page.section('PACKETS').subsection('Codes').rows()
    const table = { base: BASE_TYPE, oriented: ORIENTED_TYPE, compression: COMPRESSION, cipher: CIPHER }
    expect(codes.map(([field, number, name]) => `${field} ${number} ${name}`)).toEqual(
      Object.entries(table).flatMap(([field, of]) =>
        Object.entries(of).map(([name, number]) => `${field} ${number} ${name}`),
      ),
    )
  })
})

describe('signed documents', () => {
  test.each([
    ['Manifest', manifestSchema],
    ['Ticket', ticketSchema],
    ['Receipt', receiptSchema],
  ])('a %s has the members of its schema, with their types and bounds', (name, schema) => {
    expect(fieldsOn(page.section('SIGNED DOCUMENTS').subsection(name))).toEqual(fieldsIn(schema))
  })

  test('are signed in the contexts of the code', () => {
    const rows = page.section('SIGNED DOCUMENTS').rows()
    expect(Object.fromEntries(rows.map(([document, context]) => [document, context]))).toEqual(SIGNING_CONTEXT)
  })
})

test('the limits are those of the code', () => {
  const listed = page.section('LIMITS').items()
  expect(listed.map(({ tag, first }) => [tag, first])).toEqual(
    Object.entries(LIMITS).map(([key, value]) => [key, `${value}.`]),
  )
  for (const { tag, rest } of listed) expect(rest, tag).not.toBe('')
})

test('the limits that the text speaks of are in the list', () => {
  const members = new Set(
    page.text.split('\n').flatMap((line) => /^\.Va (\w+(?:Bytes|Ms|Packets|Ahead|PerAck))\b/.exec(line)?.[1] ?? []),
  )
  const fields = ['packetBytes', 'relayAfterBytes']
  expect([...members].filter((name) => !fields.includes(name) && !Object.hasOwn(LIMITS, name))).toEqual([])
})

test('the error codes are thrown or matched somewhere', () => {
  const folder = resolve(import.meta.dirname, '../../../src')
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => /\.tsx?$/.test(file))
  const source = files.map((file) => readFileSync(resolve(folder, file), 'utf8')).join('\n')
  const codes = page
    .section('ERROR CODES')
    .items()
    .flatMap(({ tag }) => tag.split(' , '))
  expect(codes.length).toBeGreaterThan(30)
  // A refused token's code is put together from its last part.
  const isThere = (code: string) => source.includes(`'${code.replace('E_JOIN_TOKEN_', '')}'`)
  const missing = codes.filter((code) => !isThere(code))
  expect(missing).toEqual([])
})

test('the numbers in the text are those of the code', () => {
  const says = (sentence: string) => expect(page.text.replaceAll('\n', ' ')).toContain(sentence)
  says(`.Ql ${PROTOCOL} `)
  says(`in version ${PROTOCOL_VERSION} of the protocol`)
  says(`The version is ${FRAME_VERSION}, the flags are zero`)
  says(`a header of ${PACKET_HEADER_BYTES} bytes`)
  says(`these ${PACKET_BINDING_BYTES} bytes`)
  says(`at most ${MAX_SEGMENT_PACKETS} packets`)
  says(`1 to ${MAX_PACKET_BYTES} plain bytes`)
  says(`a nonce of 24 random bytes, then the box of ${WRAPPED_KEY_BYTES - 24}`)
  expect(page.section('FRAMES').text).toMatch(new RegExp(`\\+ ${FRAME_HEADER_BYTES}\\n\\| body`))
})
