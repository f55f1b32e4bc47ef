/** A main server and hosts that dial it over the modelled network: what the tests of conversations take place in. */

import {
  type Conversation,
  type ConversationHandlers,
  greet,
  type Hello,
  type Message,
  openConversation,
} from '../../../src/link/conversation.ts'
import type { Link } from '../../../src/link/link.ts'
import { createMemoryNetwork } from '../../../src/link/memory-network.ts'
import { codeOf } from '../../../src/system/errors.ts'
import { seededRandom } from '../../../src/system/random.ts'
import { VirtualClock } from '../../../src/system/virtual-clock.ts'
import { LIMITS } from '../../../src/wire/limits.ts'
import type { Purpose } from '../../../src/wire/message-types.ts'
import type { PacketHeader } from '../../../src/wire/packet-header.ts'
import { ACCEPTOR_ROLES, type Role } from '../../../src/wire/session-messages.ts'

/** Longer than anything takes on the modelled network, shorter than any deadline. */
export const ROUND_TRIPS_MS = 20
/** One side of a conversation, with all that it heard. */
export class Ear {
  readonly messages: Message[] = []
  readonly packets: { header: PacketHeader; sealed: Uint8Array }[] = []
  readonly uploads: Uint8Array[] = []
  readonly probes: Uint8Array[] = []
  readonly endings: (Error | undefined)[] = []
  readonly conversation: Conversation

  constructor(conversation: Conversation, hear: (message: Message) => void = () => undefined) {
    this.conversation = conversation
    const handlers: ConversationHandlers = {
      message: (message) => {
        this.messages.push(message)
        hear(message)
      },
      packet: (header, sealed) => this.packets.push({ header, sealed }),
      upload: (bytes) => this.uploads.push(bytes),
      probe: (bytes) => this.probes.push(bytes),
      closed: (error) => this.endings.push(error),
    }
    conversation.attach(handlers)
  }

  /** How it ended: a code for every ending, undefined for an orderly one. */
  get codes(): (string | undefined)[] {
    return this.endings.map((error) => error && codeOf(error))
  }

  /** How many messages, packets, uploads and probes were heard. */
  get heard(): number {
    return this.messages.length + this.packets.length + this.uploads.length + this.probes.length
  }
}

/** A main server that greets whoever dials it, and hosts that may do so. */
export class World {
  readonly clock = new VirtualClock()
  readonly #memory = createMemoryNetwork({ clock: this.clock, random: seededRandom(1), latencyMs: 1 })
  #listening: Promise<void> | undefined
  /** Who answers. */
  #role: Role = 'main'
  readonly accepted: { ear: Ear; hello: Hello }[] = []
  readonly failures: unknown[] = []
  /** What the main server does with a message. */
  hear: (message: Message, conversation: Conversation) => void = () => undefined
  /** What the main server does with a HELLO. */
  welcome = (conversation: Conversation, hello: Hello): void => {
    this.accepted.push({ ear: new Ear(conversation, (message) => this.hear(message, conversation)), hello })
  }

  /** A link from the host to the main server, nothing said on it yet. */
  async dial(host = 'web7'): Promise<Link> {
    this.#listening ??= this.#listen()
    await this.#listening
    const network = this.#memory.host(host, `of ${host}`)
    const dialled = network.dial({ host: 'main', port: 7717 }, { expect: 'of main', deadlineMs: 1000 })
    await this.settle()
    return dialled
  }

  /** A conversation of that host with the main server, greeted, with an ear on both sides. */
  async converse(purpose: Purpose, host = 'web7'): Promise<{ near: Ear; far: Ear }> {
    this.#role = ACCEPTOR_ROLES[purpose][0] ?? 'main'
    const near = new Ear(openConversation(await this.dial(host), helloOf(purpose), this.clock))
    await this.settle()
    return { near, far: (this.accepted.at(-1) as { ear: Ear }).ear }
  }

  /** A conversation of a host with an acceptor that says nothing of its own. */
  async converseInVain(purpose: Purpose): Promise<{ near: Ear; acceptor: Link }> {
    const accepted = Promise.withResolvers<Link>()
    const network = this.#memory.host('silent', 'of silent')
    await network.listen({ host: 'silent', port: 7717 }, accepted.resolve)
    const dialling = this.#memory.host('web7', 'of web7')
    const dialled = dialling.dial({ host: 'silent', port: 7717 }, { expect: 'of silent', deadlineMs: 1000 })
    await this.settle()
    return {
      near: new Ear(openConversation(await dialled, helloOf(purpose), this.clock)),
      acceptor: await accepted.promise,
    }
  }

  /** Lets everything that is under way arrive. */
  settle(): Promise<void> {
    return this.clock.advance(ROUND_TRIPS_MS)
  }

  async #listen(): Promise<void> {
    const network = this.#memory.host('main', 'of main')
    await network.listen({ host: 'main', port: 7717 }, (link) =>
      greet(link, {
        clock: this.clock,
        deadlineMs: LIMITS.helloMs,
        answer: { role: this.#role, software: 'treecast of main' },
        welcome: (conversation, hello) => this.welcome(conversation, hello),
        failed: (error) => this.failures.push(error),
      }),
    )
  }
}

export function helloOf(purpose: Purpose): Omit<Hello, 'version' | 'features'> {
  return { role: 'terminal', purpose, software: 'treecast of web7' }
}

/** What a dialler hears that speaks without openConversation(, this.clock). */
export class RawEar {
  readonly frames: { type: number; body: Uint8Array }[] = []
  readonly endings: (Error | undefined)[] = []

  constructor(link: Link) {
    link.attach({ frame: (frame) => this.frames.push(frame), closed: (error) => this.endings.push(error) })
  }
}
