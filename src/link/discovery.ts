/**
 * Finding a main server on the local network by multicast DNS (RFC 6762, RFC 6763). What is found is a stranger's word: the port number
 * and text of an announcement are to be proven by whoever looks (identity/short-code.ts).
 *
 *   question  _treecast._tcp.local PTR
 *   answer    PTR INSTANCE, and TXT of INSTANCE: the attributes
 */

import multicastDns from 'multicast-dns'
import { type Clock, every } from '../system/clock.ts'

const SERVICE = '_treecast._tcp.local'
const ASK_EVERY_MS = 500
/** What a record's text may hold at most; more is not ours. */
const MAX_TEXT_BYTES = 1024
const TTL_SECONDS = 10

/** Attributes of an announcement: short names, printable values. */
export type Attributes = Readonly<Record<string, string>>

/** `failed` is called when this machine does not let it: the port is taken, or nothing may be sent. */
export interface Discovery {
  /** Answers whoever asks, until it is stopped. */
  announce(options: {
    readonly instance: string
    readonly attributes: Attributes
    readonly failed: (error: Error) => void
  }): { stop(): void }
  /** Asks again and again until it is stopped. `host` is where an answer came from. */
  search(options: {
    readonly found: (answer: { readonly host: string; readonly attributes: Attributes }) => void
    readonly failed: (error: Error) => void
  }): { stop(): void }
}

export function multicastDiscovery(clock: Clock): Discovery {
  return {
    announce({ instance, attributes, failed }) {
      const socket = multicastDns()
      socket.on('error', failed)
      const name = `${instance}.${SERVICE}`
      const data = Object.entries(attributes).map(([key, value]) => `${key}=${value}`)
      socket.on('query', ({ questions = [] }) => {
        if (!questions.some((question) => question.name === SERVICE)) return
        socket.respond({
          answers: [
            { name: SERVICE, type: 'PTR', ttl: TTL_SECONDS, data: name },
            { name, type: 'TXT', ttl: TTL_SECONDS, data },
          ],
        })
      })
      return { stop: () => socket.destroy() }
    },
    search({ found, failed }) {
      const socket = multicastDns()
      socket.on('error', failed)
      socket.on('response', ({ answers = [], additionals = [] }, { address }) => {
        for (const record of [...answers, ...additionals]) {
          if (record.type !== 'TXT' || !record.name.endsWith(`.${SERVICE}`)) continue
          const attributes = readAttributes(record.data)
          if (attributes !== undefined) found({ host: address, attributes })
        }
      })
      const ask = () => socket.query([{ name: SERVICE, type: 'PTR' }])
      ask()
      const asking = every(clock, ASK_EVERY_MS, ask)
      const stop = () => {
        asking.cancel()
        socket.destroy()
      }
      return { stop }
    },
  }
}

/** @returns undefined for text that is no list of attributes */
function readAttributes(data: string | Buffer | readonly (string | Buffer)[]): Attributes | undefined {
  const texts = (Array.isArray(data) ? data : [data]).map((text) => Buffer.from(text).toString('latin1'))
  if (texts.reduce((bytes, text) => bytes + text.length, 0) > MAX_TEXT_BYTES) return undefined
  const pairs = texts.map((text) => /^([a-z]{1,8})=([\x21-\x7e]*)$/.exec(text))
  if (pairs.some((pair) => pair === null)) return undefined
  return Object.fromEntries(pairs.map((pair) => [pair?.[1], pair?.[2]]))
}
