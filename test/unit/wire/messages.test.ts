import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { MESSAGE, type MessageName, messageName } from '../../../src/wire/message-types.ts'
import { decodeMessage, encodeMessage, isMapMessage, type MapMessageName } from '../../../src/wire/messages.ts'
import { operatorSchemas } from '../../../src/wire/operator-messages.ts'
import { sessionSchemas } from '../../../src/wire/session-messages.ts'
import {
  decodeManifest,
  decodeReceipt,
  decodeTicket,
  encodeManifest,
  encodeReceipt,
  encodeTicket,
  manifestSchema,
  receiptSchema,
  ticketSchema,
} from '../../../src/wire/signed-documents.ts'
import { transferSchemas } from '../../../src/wire/transfer-messages.ts'
import { valuesOverBound } from '../../support/wire/describe-schema.ts'
import {
  EXAMPLE_MANIFEST,
  EXAMPLE_MESSAGES,
  EXAMPLE_RECEIPT,
  EXAMPLE_REQUEST,
  EXAMPLE_TICKET,
} from '../../support/wire/example-messages.ts'
import { isOptionalAt, type Path, pathsOf, withMember, withoutMember } from '../../support/wire/spoil-value.ts'

interface Codec {
  readonly what: string
  readonly schema: v.GenericSchema
  readonly example: object
  readonly encode: (value: object) => Uint8Array
  readonly decode: (bytes: Uint8Array) => unknown
}

const schemas = { ...sessionSchemas, ...transferSchemas, ...operatorSchemas }
const golden: Record<string, string> = JSON.parse(
  readFileSync(resolve(import.meta.dirname, '../../golden/messages.json'), 'utf8'),
)

const messageCodecs = Object.entries(EXAMPLE_MESSAGES).map(([label, { name, body }]): [string, Codec] => [
  label,
  {
    what: name,
    schema: schemas[name],
    example: body,
    encode: (value) => encodeMessage(name, value as never),
    decode: (bytes) => decodeMessage(name, bytes),
  },
])
const documentCodecs: [string, Codec][] = [
  [
    'the manifest',
    {
      what: 'manifest',
      schema: manifestSchema,
      example: EXAMPLE_MANIFEST,
      encode: (value) => encodeManifest(value as never),
      decode: decodeManifest,
    },
  ],
  [
    'the ticket',
    {
      what: 'ticket',
      schema: ticketSchema,
      example: EXAMPLE_TICKET,
      encode: (value) => encodeTicket(value as never),
      decode: decodeTicket,
    },
  ],
  [
    'the receipt',
    {
      what: 'receipt',
      schema: receiptSchema,
      example: EXAMPLE_RECEIPT,
      encode: (value) => encodeReceipt(value as never),
      decode: decodeReceipt,
    },
  ],
]
const codecs = [...messageCodecs, ...documentCodecs]

/** What a decoder says of a value that its schema does not allow. */
function refusalOf({ encode, decode }: Codec, value: object): unknown {
  try {
    decode(encode(value))
  } catch (error) {
    return error
  }
  return undefined
}

function naming({ what }: Codec, path: Path) {
  return { code: 'E_MESSAGE', facts: { what, path: path.join('.') } }
}

describe('the examples', () => {
  test('there is one of every message whose body is a map, and golden bytes of each', () => {
    const shown = new Set<string>(Object.values(EXAMPLE_MESSAGES).map(({ name }) => name))
    expect([...shown].sort()).toEqual((Object.keys(MESSAGE) as MessageName[]).filter(isMapMessage).sort())
    expect(Object.keys(golden).sort()).toEqual(codecs.map(([label]) => label).sort())
  })

  test('every message type has its name back, and what is no map is no map message', () => {
    for (const [name, type] of Object.entries(MESSAGE)) expect(messageName(type)).toBe(name)
    expect(messageName(0x7f)).toBeUndefined()
    const bare = (Object.keys(MESSAGE) as MessageName[]).filter((name) => !isMapMessage(name))
    expect(bare).toEqual(['ping', 'pong', 'packet', 'probe', 'upload'])
    expect(isMapMessage('toString')).toBe(false)
  })
})

describe.each(codecs)('%s', (label, codec) => {
  const { example, schema, encode, decode } = codec
  const bytes = Uint8Array.from(Buffer.from(golden[label] ?? '', 'hex'))

  test('becomes its golden bytes', () => {
    expect(Buffer.from(encode(example)).toString('hex')).toBe(golden[label])
  })

  test('is read from its golden bytes', () => {
    expect(decode(bytes)).toEqual(example)
  })

  test('is refused when it is cut off anywhere, or goes on behind its end', () => {
    for (let length = 0; length < bytes.length; length += 1) {
      expect(() => decode(bytes.subarray(0, length))).toThrow(expect.objectContaining({ code: 'E_MESSAGE' }))
    }
    const longer = Buffer.concat([bytes, Uint8Array.of(0xc0)])
    expect(() => decode(longer)).toThrow(expect.objectContaining({ code: 'E_MESSAGE' }))
  })

  test('may lack its optional members and no other, and the refusal names the missing one', () => {
    for (const path of pathsOf(example).filter((at) => typeof at.at(-1) === 'string')) {
      const refusal = refusalOf(codec, withoutMember(example, path))
      if (isOptionalAt(schema, path)) expect(refusal, path.join('.')).toBeUndefined()
      else expect(refusal).toMatchObject(naming(codec, path))
    }
  })

  test('may have no member that the protocol does not know, at any depth', () => {
    for (const path of [[], ...pathsOf(example)]) {
      const spoilt = withMember(example, [...path, 'stranger'], 1)
      if (spoilt !== undefined) expect(refusalOf(codec, spoilt)).toMatchObject(naming(codec, [...path, 'stranger']))
    }
  })

  test('is refused with a member of another type, by its name', () => {
    for (const path of pathsOf(example)) {
      // No message has a list of booleans, or a map with this member.
      for (const wrong of [[true], { stranger: true }]) {
        const refusal = refusalOf(codec, withMember(example, path, wrong) ?? example)
        const { code, facts } = refusal as { code: string; facts: { what: string; path: string } }
        expect([code, facts.what, facts.path.startsWith(path.join('.'))]).toEqual(['E_MESSAGE', codec.what, true])
      }
    }
  })

  test('is refused with a member outside its bound, by its name', () => {
    let tried = 0
    for (const path of pathsOf(example)) {
      for (const value of valuesOverBound(schema, path.map(String))) {
        const spoilt = withMember(example, path, value) ?? example
        expect(refusalOf(codec, spoilt), `${path.join('.')} = ${String(value).slice(0, 40)}`).toMatchObject(
          naming(codec, path),
        )
        tried += 1
      }
    }
    const unbounded: readonly MapMessageName[] = ['ticket', 'receipt', 'query', 'reroute']
    if (!unbounded.includes(codec.what as MapMessageName)) expect(tried).toBeGreaterThan(1)
  })
})

describe('bounds that no example shows', () => {
  const ranges = (flat: number[]) => () =>
    decodeMessage('request', encodeMessage('request', { transfer: 1, stripe: 0, base: 1, ranges: flat }))
  const refused = expect.objectContaining({ code: 'E_MESSAGE', facts: { what: 'request', path: 'ranges' } })

  test('ranges are pairs, none of them empty, at most 1024', () => {
    expect(ranges([0, 1, 5, 2])).not.toThrow()
    expect(ranges(Array.from({ length: 1024 }, (_, k) => [2 * k, 1]).flat())).not.toThrow()
    expect(ranges([0])).toThrow(refused)
    expect(ranges([0, 0])).toThrow(refused)
    expect(ranges(Array.from({ length: 1025 }, (_, k) => [2 * k, 1]).flat())).toThrow(refused)
  })

  test('lists have a longest length', () => {
    const { below, ...rest } = EXAMPLE_REQUEST
    const request = (count: number) =>
      encodeMessage('transportRequest', { ...rest, below: Array(count).fill(below[0]) } as never)
    expect(() => decodeMessage('transportRequest', request(20_000))).not.toThrow()
    expect(() => decodeMessage('transportRequest', request(20_001))).toThrow(
      expect.objectContaining({ facts: { what: 'transportRequest', path: 'below' } }),
    )
  })
})
