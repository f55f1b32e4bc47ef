/** One push: an operator's process on a host of its own, with a source that gives its bytes at its own pace. */

import type { ContentSource } from '../../src/client/content-source.ts'
import { followTransfer } from '../../src/client/follow-transfer.ts'
import { type ConnectOptions, connectOperator, type OperatorClient } from '../../src/client/operator-client.ts'
import { type Clock, sleep } from '../../src/system/clock.ts'
import { codeOf } from '../../src/system/errors.ts'
import type { MessageBody } from '../../src/wire/messages.ts'
import type { TransferSnapshot } from '../../src/wire/snapshot.ts'
import { FILE_FACTS, type PushedContent } from './contents.ts'
import type { PushPlan } from './scenario.ts'

export interface PusherOptions {
  readonly content: PushedContent
  /** A process's connection on this push's host; made when the push begins. */
  readonly connect: () => Pick<ConnectOptions, 'clock' | 'random' | 'files' | 'network'>
}

export const OPERATOR_FOLDER = '/home/operator'
/** What the terminals' owners let pushes name. */
export const EXPORTED = '/exported'

/** Where the first server of a push has its file. */
export function exportedPath({ name }: PushPlan): string {
  return `${EXPORTED}/${name}`
}

export class Pusher {
  readonly content: PushedContent
  readonly #options: PusherOptions
  /** Undefined until the main server has planned it. */
  transfer: number | undefined
  state: 'waiting' | 'running' | 'killed' | 'over' = 'waiting'
  /** What the push has reported at its end. */
  final: TransferSnapshot | undefined
  error: string | undefined

  constructor(options: PusherOptions) {
    this.content = options.content
    this.#options = options
  }

  get name(): string {
    return this.content.push.name
  }

  async run(): Promise<void> {
    if (this.state !== 'waiting') return
    this.state = 'running'
    const { content } = this
    const means = this.#options.connect()
    let client: OperatorClient | undefined
    try {
      const options = { folder: OPERATOR_FOLDER, join: undefined, name: 'operator', server: undefined, version: 'sim' }
      client = await connectOperator({ ...options, ...means })
      const events = {
        planned: ({ transfer }: TransferSnapshot) => {
          this.transfer = transfer ?? undefined
        },
        stored: () => undefined,
        snapshot: () => undefined,
      }
      const source = sourceOf(content, means.clock)
      this.final = await client
        .push({ request: requestOf(content), source, until: 'final' }, events)
        .catch(async (error: unknown) => {
          const { transfer } = this
          if (content.push.direct !== true || transfer === undefined || codeOf(error) !== 'E_MAIN_UNREACHABLE')
            throw error
          // As the command does: it goes on serving, and finds the main server again.
          const connect = () => connectOperator({ ...options, ...means })
          const server = client?.server
          return followTransfer({ clock: means.clock, connect, transfer, each: () => undefined, server })
        })
    } catch (error) {
      this.error = codeOf(error)
    }
    client?.close()
    this.state = 'over'
  }
}

function requestOf({ push, bytes, entryList }: PushedContent): MessageBody<'push'> {
  const { name, destination, to, tree, fanOut, packetBytes, compression, cipher, relayAfterBytes } = push
  const from = push.from === undefined ? null : { terminal: push.from, path: exportedPath(push) }
  return {
    ...{ name, destination, to, tree, fanOut, packetBytes, compression, cipher, relayAfterBytes },
    ...{ entryList, bytes: push.sizeKnown ? bytes.length : null, ...FILE_FACTS },
    ...{ activate: ahead(push.activateAfterMs), deactivate: ahead(push.deactivateAfterMs) },
    ...{ force: push.force === true, from, direct: push.direct === true, dryRun: false },
  }
}

function ahead(ms: number | null): MessageBody<'push'>['activate'] {
  return ms === null ? null : { ms, relative: true }
}

function sourceOf({ push, bytes, entryList }: PushedContent, clock: Clock): ContentSource {
  return {
    name: push.name,
    destination: push.destination,
    entryList,
    bytes: push.sizeKnown ? bytes.length : undefined,
    ...FILE_FACTS,
    async *chunks() {
      for (let at = 0; at < bytes.length; at += push.chunkBytes) {
        if (push.chunkPauseMs > 0) await sleep(clock, push.chunkPauseMs)
        yield bytes.subarray(at, at + push.chunkBytes)
      }
    },
    stream: () => ({
      bytes: bytes.length,
      async read(at, length) {
        if (push.chunkPauseMs > 0) await sleep(clock, push.chunkPauseMs)
        return bytes.slice(at, at + length)
      },
      close: async () => undefined,
    }),
    close: async () => undefined,
  }
}
