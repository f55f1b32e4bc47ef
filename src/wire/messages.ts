/**
 * Every control message: name, schema, bytes. PACKET, PROBE and UPLOAD are not here: their bodies are not maps.
 */

import type * as v from 'valibot'
import { decodeMap, encodeMap } from './map-codec.ts'
import { operatorSchemas } from './operator-messages.ts'
import { sessionSchemas } from './session-messages.ts'
import { transferSchemas } from './transfer-messages.ts'

const schemas = { ...sessionSchemas, ...transferSchemas, ...operatorSchemas }

type Schemas = typeof schemas
/** Names of the messages whose body is a map. */
export type MapMessageName = keyof Schemas
/** The body of a message. */
export type MessageBody<N extends MapMessageName> = v.InferOutput<Schemas[N]>

/** Whether the message's body is a map. */
export function isMapMessage(name: string): name is MapMessageName {
  return Object.hasOwn(schemas, name)
}

/** The bytes of a message's body. */
export function encodeMessage<N extends MapMessageName>(_name: N, body: MessageBody<N>): Uint8Array {
  return encodeMap(body)
}

/** @throws E_MESSAGE when the body does not fit the message's schema */
export function decodeMessage<N extends MapMessageName>(name: N, body: Uint8Array): MessageBody<N> {
  return decodeMap(name, schemas[name], body) as MessageBody<N>
}
