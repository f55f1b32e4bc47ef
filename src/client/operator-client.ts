/** An operator's connection to the main server: what push, rank and status say and hear. */

import type { Identity } from '../identity/identity.ts'
import { loadOrCreateIdentity } from '../identity/identity-store.ts'
import { loadMembership, type Membership, saveMembership } from '../identity/membership-store.ts'
import { type Conversation, type Message, openConversation } from '../link/conversation.ts'
import type { Network } from '../link/link.ts'
import type { Address } from '../system/address.ts'
import { type Clock, withDeadline } from '../system/clock.ts'
import { messageOf, TreecastError } from '../system/errors.ts'
import type { Files } from '../system/files.ts'
import type { Random } from '../system/random.ts'
import type { DirectServer } from '../terminal/direct-server.ts'
import { dialMain, joinMainServer } from '../terminal/join.ts'
import { SendLimit } from '../terminal/send-limit.ts'
import { LIMITS } from '../wire/limits.ts'
import type { MessageBody } from '../wire/messages.ts'
import type { AnswerTo, Query } from '../wire/operator-messages.ts'
import { peerError, reason } from '../wire/reason.ts'
import type { TransferSnapshot } from '../wire/snapshot.ts'
import type { ContentSource } from './content-source.ts'
import { RunningPush } from './running-push.ts'
import { Upload } from './upload.ts'

export interface ConnectOptions {
  /** HOME/operator. */
  readonly folder: string
  readonly join: string | undefined
  readonly name: string
  readonly server: Address | undefined
  readonly clock: Clock
  readonly random: Random
  readonly files: Files
  readonly network: (identity: Identity) => Network
  readonly version: string
}

export interface PushEvents {
  /** The transfer is recorded, with this plan; for a dry run, it only would be. */
  planned(snapshot: TransferSnapshot): void
  /** The library has the whole content, of which so much was sent to it: the pusher is no longer needed. */
  stored(bytes: number, sentBytes: number): void
  snapshot(snapshot: TransferSnapshot, final: boolean): void
}

export type PushRequest = MessageBody<'push'>

/** When push() resolves: once the library has the content, or once every delivery is settled. */
export type PushUntil = 'stored' | 'final'

/** What is pushed, and how long that is waited for. */
export interface PushOrder {
  readonly request: PushRequest
  readonly source: ContentSource
  readonly until: PushUntil
}

export interface OperatorClient {
  /** Pushes the source's bytes. @returns the last snapshot */
  push(order: PushOrder, events: PushEvents): Promise<TransferSnapshot>
  ask<K extends Query['kind']>(query: Extract<Query, { kind: K }>): Promise<AnswerTo<K>>
  /** Changes terminals. @returns them as they are then */
  steer(steering: MessageBody<'steer'>): Promise<AnswerTo<'rank'>>
  /** Serves the content of a direct push that was begun here, until close(). */
  readonly server: DirectServer | undefined
  /** Resolves after the final snapshot. @param server goes on serving the transfer, and hears the main server on this connection */
  watch(
    transfer: number,
    each: (snapshot: TransferSnapshot, final: boolean) => void,
    server?: DirectServer,
  ): Promise<void>
  /** Calls a transfer off. @returns what became of it */
  cancel(transfer: number, reason: { code: string; message: string }): Promise<TransferSnapshot>
  close(): void
}

/**
 * Connects as this machine's operator, enrolling first when a token is given.
 * @throws E_NOT_ENROLLED, E_JOIN_TOKEN_…, E_MAIN_UNREACHABLE, E_WRONG_PEER, E_WIDE_MODE
 */
export async function connectOperator(options: ConnectOptions): Promise<OperatorClient> {
  const { folder, files, random } = options
  const known = options.join === undefined ? await enrolled(options) : undefined
  const identity = await loadOrCreateIdentity({ folder, files, random })
  const network = options.network(identity)
  const software = `treecast ${options.version}`
  const membership = known ?? (await enrol(options, { token: options.join ?? '', identity, network, software }))
  const address = options.server ?? membership.address
  const link = await dialMain(network, { address, fingerprint: membership.fingerprint })
  const conversation = openConversation(link, { role: 'operator', purpose: 'operator', software }, options.clock)
  const { clock } = options
  return new Client(conversation, clock, { clock, network, identity, membership, software })
}

/** What an operator needs to serve a push itself. */
type ServerMeans = Omit<ConstructorParameters<typeof DirectServer>[0], 'open' | 'failed'>

class Client implements OperatorClient {
  readonly #conversation: Conversation
  readonly #clock: Clock
  readonly #listeners = new Set<(message: Message) => void>()
  readonly #gone: Promise<never>

  readonly #means: ServerMeans
  server: DirectServer | undefined
  /** Hears what the main server says to who serves. */
  #served: DirectServer | undefined

  constructor(conversation: Conversation, clock: Clock, means: ServerMeans) {
    this.#conversation = conversation
    this.#clock = clock
    this.#means = means
    const gone = Promise.withResolvers<never>()
    gone.promise.catch(() => undefined)
    this.#gone = gone.promise
    let refused: Error | undefined
    conversation.attach({
      message: (message) => {
        if (message.name === 'refused') {
          refused = peerError(message.body)
          gone.reject(refused)
        } else {
          this.#served?.told(message)
          for (const listener of this.#listeners) listener(message)
        }
      },
      drained: () => this.#drained?.(),
      closed: (error) => {
        gone.reject(refused ?? lost(error))
        this.#drained?.()
      },
    })
  }

  #drained: (() => void) | undefined

  async push({ request, source, until }: PushOrder, events: PushEvents): Promise<TransferSnapshot> {
    const limit = new SendLimit(this.#clock, request.limitBytesPerSecond)
    const upload = new Upload(this.#conversation, source, limit)
    this.#drained = () => upload.drained()
    const callOff = (transfer: number, error: unknown) => this.#callOff(transfer, error)
    const push = new RunningPush({ request, events, until, upload, callOff })
    if (request.direct && !request.dryRun) await this.#serve(source, (error) => push.sourceFailed(error))
    const hear = (message: Message) => {
      if (message.name === 'snapshot') this.#take(message.body)
      push.hear(message)
    }
    this.#listeners.add(hear)
    this.#conversation.send('push', request)
    try {
      return await Promise.race([push.done, this.#gone])
    } finally {
      this.#listeners.delete(hear)
    }
  }

  async ask<K extends Query['kind']>(query: Extract<Query, { kind: K }>): Promise<AnswerTo<K>> {
    const answer = this.#answer<K>(query.kind as K)
    this.#conversation.send('query', { query })
    return answer
  }

  async steer(steering: MessageBody<'steer'>): Promise<AnswerTo<'rank'>> {
    const answer = this.#answer('rank')
    this.#conversation.send('steer', steering)
    return answer
  }

  async watch(
    transfer: number,
    each: (snapshot: TransferSnapshot, final: boolean) => void,
    server?: DirectServer,
  ): Promise<void> {
    this.#served = server
    server?.attach(this.#conversation)
    const done = this.#listen<void>((message, resolve) => {
      if (message.name !== 'snapshot' || message.body.snapshot.transfer !== transfer) return
      each(message.body.snapshot, message.body.final)
      this.#take(message.body)
      if (message.body.final) resolve()
    })
    this.#conversation.send('watch', { transfer, serves: server !== undefined })
    return done
  }

  async cancel(transfer: number, reason: { code: string; message: string }): Promise<TransferSnapshot> {
    const done = this.#listen<TransferSnapshot>((message, resolve) => {
      if (message.name !== 'answer' || message.body.answer.kind !== 'transfer') return
      if (message.body.answer.transfer.transfer === transfer) resolve(message.body.answer.transfer)
    })
    this.#conversation.send('cancelTransfer', { transfer, ...reason })
    return done
  }

  close(): void {
    void this.server?.stop()
    this.#conversation.close()
  }

  #take({ snapshot: { transfer }, final }: MessageBody<'snapshot'>): void {
    if (transfer !== null && !final) this.#conversation.send('snapshotTaken', { transfer })
  }

  /** @throws E_FIRST_SERVER when the source cannot be read more than once */
  async #serve(source: ContentSource, failed: (error: unknown) => void): Promise<void> {
    const { stream, bytes, mode, modifiedMs, entryList } = source
    if (stream === undefined || bytes === undefined)
      throw new TreecastError('E_FIRST_SERVER', 'what can be read only once cannot be served from here')
    const open = async () => ({ bytes, mode, modifiedMs, entryList, stream: stream() })
    // Loaded here: no other push serves anything itself.
    const { DirectServer } = await import('../terminal/direct-server.ts')
    this.server = new DirectServer({ ...this.#means, open, failed })
    this.#served = this.server
    this.server.attach(this.#conversation)
  }

  #answer<K extends Query['kind']>(kind: K): Promise<AnswerTo<K>> {
    return this.#listen<AnswerTo<K>>((message, resolve) => {
      if (message.name === 'answer' && message.body.answer.kind === kind) resolve(message.body.answer as AnswerTo<K>)
    })
  }

  /** Waits for the answer, within a bound: a process that ended at once would take the message with it. */
  async #callOff(transfer: number, error: unknown): Promise<void> {
    const code = error instanceof TreecastError ? error.code : 'E_PATH_UNREADABLE'
    const calledOff = this.cancel(transfer, reason(code, messageOf(error)))
    await withDeadline({ clock: this.#clock, ms: LIMITS.linkCloseMs, what: 'calling off' }, calledOff).catch(
      () => undefined,
    )
  }

  async #listen<T>(
    hear: (message: Message, resolve: (value: T) => void, reject: (error: unknown) => void) => void,
  ): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    const listener = (message: Message) => hear(message, resolve, reject)
    this.#listeners.add(listener)
    try {
      return await Promise.race([promise, this.#gone])
    } finally {
      this.#listeners.delete(listener)
    }
  }
}

/** What this machine's operator enrolled as before. Where there is none, nothing is made: the home may not be the one that was meant. */
async function enrolled({ folder, files }: ConnectOptions): Promise<Membership> {
  const known = await loadMembership({ folder, files })
  if (known !== undefined) return known
  const message = `there is no operator yet in ${folder}: run this where \`treecast serve\` runs, with its --home, or get a token there with \`treecast serve token --role operator\` and add --join TOKEN once`
  throw new TreecastError('E_NOT_ENROLLED', message)
}

async function enrol(
  { folder, files, clock, name, server }: ConnectOptions,
  newcomer: {
    readonly token: string
    readonly identity: Identity
    readonly network: Network
    readonly software: string
  },
): Promise<Membership> {
  const membership = await joinMainServer({ ...newcomer, server, role: 'operator', name, clock })
  await saveMembership({ folder, files }, membership)
  return membership
}

function lost(cause: Error | undefined): TreecastError {
  const why = cause === undefined ? 'it closed the link' : messageOf(cause)
  return new TreecastError('E_MAIN_UNREACHABLE', `the main server is gone: ${why}`, { cause })
}
