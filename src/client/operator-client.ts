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
import { dialMain, joinMainServer, refusal } from '../terminal/join.ts'
import { SendLimit } from '../terminal/send-limit.ts'
import { LIMITS } from '../wire/limits.ts'
import type { MessageBody } from '../wire/messages.ts'
import type { AnswerTo, Query } from '../wire/operator-messages.ts'
import type { TransferSnapshot } from '../wire/snapshot.ts'
import type { ContentSource } from './content-source.ts'
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
  /** The library has the whole content: the pusher is no longer needed. */
  stored(bytes: number): void
  snapshot(snapshot: TransferSnapshot, final: boolean): void
}

/** When push() resolves: once the library has the content, or once every delivery is settled. */
export type PushUntil = 'stored' | 'final'

export interface OperatorClient {
  /** Pushes the source's bytes. @returns the last snapshot */
  push(
    request: MessageBody<'push'>,
    source: ContentSource,
    events: PushEvents,
    until: PushUntil,
  ): Promise<TransferSnapshot>
  ask<K extends Query['kind']>(query: Extract<Query, { kind: K }>): Promise<AnswerTo<K>>
  /** Changes terminals. @returns them as they are then */
  steer(steering: MessageBody<'steer'>): Promise<AnswerTo<'rank'>>
  /** Resolves after the final snapshot. */
  watch(transfer: number, each: (snapshot: TransferSnapshot, final: boolean) => void): Promise<void>
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
  const identity = await loadOrCreateIdentity({ folder, files, random })
  const network = options.network(identity)
  const software = `treecast ${options.version}`
  const membership = await enrol(options, identity, network, software)
  const address = options.server ?? membership.address
  const link = await dialMain(network, { address, fingerprint: membership.fingerprint })
  const conversation = openConversation(link, { role: 'operator', purpose: 'operator', software }, options.clock)
  return new Client(conversation, options.clock)
}

class Client implements OperatorClient {
  readonly #conversation: Conversation
  readonly #clock: Clock
  readonly #listeners = new Set<(message: Message) => void>()
  readonly #gone: Promise<never>

  constructor(conversation: Conversation, clock: Clock) {
    this.#conversation = conversation
    this.#clock = clock
    const gone = Promise.withResolvers<never>()
    gone.promise.catch(() => undefined)
    this.#gone = gone.promise
    let refused: Error | undefined
    conversation.attach({
      message: (message) => {
        if (message.name === 'refused') {
          refused = refusal(message.body)
          gone.reject(refused)
        } else for (const listener of this.#listeners) listener(message)
      },
      drained: () => this.#drained?.(),
      closed: (error) => {
        gone.reject(refused ?? lost(error))
        this.#drained?.()
      },
    })
  }

  #drained: (() => void) | undefined

  async push(
    request: MessageBody<'push'>,
    source: ContentSource,
    events: PushEvents,
    until: PushUntil,
  ): Promise<TransferSnapshot> {
    let last: TransferSnapshot | undefined
    let uploadFailed = false
    let described = false
    const upload = new Upload(this.#conversation, source, new SendLimit(this.#clock, request.limitBytesPerSecond))
    this.#drained = () => upload.drained()
    const done = this.#listen<TransferSnapshot>((message, resolve, reject) => {
      switch (message.name) {
        case 'planned': {
          const { snapshot } = message.body
          last = snapshot
          events.planned(snapshot)
          if (request.dryRun) return resolve(snapshot)
          if (request.from !== null) return
          upload.run().catch(async (error: unknown) => {
            uploadFailed = true
            if (snapshot.transfer !== null) await this.#callOff(snapshot.transfer, error)
            reject(error)
          })
          return
        }
        case 'uploadCredit':
          return upload.credit(message.body.bytes)
        case 'stored':
          events.stored(message.body.bytes)
          if (until === 'stored' && last !== undefined) resolve(last)
          return
        case 'snapshot':
          last = message.body.snapshot
          this.#take(message.body)
          events.snapshot(last, message.body.final)
          // From here on the transfer goes on whatever becomes of this process.
          if (request.from !== null && !described && last.state === 'distributing') {
            described = true
            events.stored(last.bytes ?? 0)
            if (until === 'stored') resolve(last)
          }
          // The last one of a transfer that was called off for it says less than the upload's own error.
          if (message.body.final && !uploadFailed) resolve(last)
          return
      }
    })
    this.#conversation.send('push', request)
    return done
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

  async watch(transfer: number, each: (snapshot: TransferSnapshot, final: boolean) => void): Promise<void> {
    const done = this.#listen<void>((message, resolve) => {
      if (message.name !== 'snapshot' || message.body.snapshot.transfer !== transfer) return
      each(message.body.snapshot, message.body.final)
      this.#take(message.body)
      if (message.body.final) resolve()
    })
    this.#conversation.send('watch', { transfer })
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
    this.#conversation.close()
  }

  #take({ snapshot: { transfer }, final }: MessageBody<'snapshot'>): void {
    if (transfer !== null && !final) this.#conversation.send('snapshotTaken', { transfer })
  }

  #answer<K extends Query['kind']>(kind: K): Promise<AnswerTo<K>> {
    return this.#listen<AnswerTo<K>>((message, resolve) => {
      if (message.name === 'answer' && message.body.answer.kind === kind) resolve(message.body.answer as AnswerTo<K>)
    })
  }

  /** Waits for the answer, within a bound: a process that ended at once would take the message with it. */
  async #callOff(transfer: number, error: unknown): Promise<void> {
    const code = error instanceof TreecastError ? error.code : 'E_PATH_UNREADABLE'
    const calledOff = this.cancel(transfer, { code, message: messageOf(error).slice(0, 1000) })
    await withDeadline(this.#clock, LIMITS.linkCloseMs, 'calling off', calledOff).catch(() => undefined)
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

async function enrol(
  options: ConnectOptions,
  identity: Identity,
  network: Network,
  software: string,
): Promise<Membership> {
  const { folder, files, clock, name, server, join: token } = options
  if (token !== undefined) {
    const membership = await joinMainServer({
      token,
      server,
      role: 'operator',
      name,
      identity,
      network,
      clock,
      software,
    })
    await saveMembership({ folder, files }, membership)
    return membership
  }
  const known = await loadMembership({ folder, files })
  if (known !== undefined) return known
  const message =
    'this machine is no operator yet: run this where `treecast serve` runs, or get a token there with `treecast serve token --role operator` and add --join TOKEN once'
  throw new TreecastError('E_NOT_ENROLLED', message)
}

function lost(cause: Error | undefined): TreecastError {
  const why = cause === undefined ? 'it closed the link' : messageOf(cause)
  return new TreecastError('E_MAIN_UNREACHABLE', `the main server is gone: ${why}`, { cause })
}
