/** MessagePack maps with bounds, checked against a schema: the one way in and out of every control message and signed document. */

import { Decoder, Encoder } from '@msgpack/msgpack'
import * as v from 'valibot'
import { TreecastError } from '../system/errors.ts'
import { faultOfMapBytes } from './map-bounds.ts'

/** Bounds on single values; map-bounds.ts has those on all of them together. */
const DECODE_LIMITS = {
  /** The longest text, a selector, has 65,536 characters of three bytes at most. */
  maxStrLength: 256 * 1024,
  /** The longest, a packet table that is offered: 4096 packets of a segment. */
  maxBinLength: 512 * 1024,
  maxArrayLength: 65_536,
  maxMapLength: 256,
  maxExtLength: 0,
}

/** The MessagePack form of `value`; undefined members are left out. */
export function encodeMap(value: object): Uint8Array {
  return new Encoder({ ignoreUndefined: true }).encode(value)
}

/**
 * Decodes one map and checks it.
 * @throws E_MESSAGE naming `what` and the first member that is wrong
 */
export function decodeMap<S extends v.GenericSchema>(what: string, schema: S, bytes: Uint8Array): v.InferOutput<S> {
  const fault = faultOfMapBytes(bytes)
  if (fault !== undefined) throw new TreecastError('E_MESSAGE', `${what} ${fault}`, { facts: { what, path: '' } })
  let value: unknown
  try {
    value = new Decoder(DECODE_LIMITS).decode(bytes)
  } catch (cause) {
    throw new TreecastError('E_MESSAGE', `${what} is not MessagePack`, { facts: { what, path: '' }, cause })
  }
  const result = v.safeParse(schema, value, { abortEarly: true })
  if (result.success) return result.output
  const path = v.getDotPath(result.issues[0]) ?? ''
  throw new TreecastError('E_MESSAGE', `${what} has a wrong member ${path}: ${result.issues[0].message}`, {
    facts: { what, path },
  })
}
