/**
 * A link with a purpose: typed messages instead of frames, and the check that the peer may send each of them.
 *
 *   dialler   openConversation()   sends HELLO, may go on at once; the answer must be HELLO or REFUSED, and come in time
 *   acceptor  greet()              waits for HELLO, answers with its own, or refuses and closes
 *
 * A message that does not fit its schema, is unknown, or is not this side's to send closes the link with a named error: a peer's
 * fault never reaches further than its own link.
 */

import { formatAddress } from '../system/address.ts'
import type { Clock } from '../system/clock.ts'
import { TreecastError } from '../system/errors.ts'
import { admittedFrameLimit } from '../wire/frame-limits.ts'
import { LIMITS } from '../wire/limits.ts'
import { decodeMap } from '../wire/map-codec.ts'
import { MESSAGE, maySend, messageName, type Purpose, type Side } from '../wire/message-types.ts'
import { decodeMessage, encodeMessage, isMapMessage, type MapMessageName, type MessageBody } from '../wire/messages.ts'
import { decodePacket, encodePacketHeader, type PacketHeader } from '../wire/packet-header.ts'
import { reason, reasonOf } from '../wire/reason.ts'
import { ACCEPTOR_ROLES, anyHelloSchema, PROTOCOL_VERSION } from '../wire/session-messages.ts'
import type { Fingerprint, Frame, Link } from './link.ts'

export type Message = { [N in MapMessageName]: { readonly name: N; readonly body: MessageBody<N> } }[MapMessageName]
export type Hello = MessageBody<'hello'>

export interface ConversationHandlers {
  /** Every message but HELLO, PACKET, PROBE and UPLOAD. A throw closes the conversation with that error. */
  message(message: Message): void
  /** The sealed bytes are for the handler to keep or to give back; nothing else that is needed then lies in their memory. */
  packet?(header: PacketHeader, sealed: Uint8Array): void
  /** As packet(). */
  upload?(bytes: Uint8Array): void
  /** As packet(). */
  probe?(bytes: Uint8Array): void
  drained?(): void
  /** Called exactly once. `error` is undefined after an orderly close. */
  closed?(error: Error | undefined): void
}

interface ConversationOptions {
  readonly link: Link
  readonly purpose: Purpose
  readonly side: Side
  /** Checks the first message that is heard. A throw closes the conversation with that error. */
  readonly first?: (frame: Frame) => void
  readonly admitted?: (() => void) | undefined
  readonly closed?: (() => void) | undefined
}

export class Conversation {
  readonly #link: Link
  readonly #peerSide: Side
  readonly purpose: Purpose
  /** Until the first message is heard. */
  #first: ((frame: Frame) => void) | undefined
  readonly #admitted: (() => void) | undefined
  readonly #closed: (() => void) | undefined
  #roundTripMs: number | undefined

  constructor({ link, purpose, side, first, admitted, closed }: ConversationOptions) {
    this.#link = link
    this.purpose = purpose
    this.#peerSide = side === 'dialler' ? 'acceptor' : 'dialler'
    this.#first = first
    this.#admitted = admitted
    this.#closed = closed
  }

  get peerFingerprint(): Fingerprint {
    return this.#link.peerFingerprint
  }

  /** The address the peer is seen at; its port is the server socket's only when we dialled. */
  get remote() {
    return this.#link.remote
  }

  get open(): boolean {
    return this.#link.open
  }

  get bufferedBytes(): number {
    return this.#link.bufferedBytes
  }

  /** From the dialler's HELLO to its answer; undefined at the acceptor, and before the answer. */
  get roundTripMs(): number | undefined {
    return this.#roundTripMs
  }

  /** The dialler's HELLO was answered after so long. */
  answered(roundTripMs: number): void {
    this.#roundTripMs = roundTripMs
  }

  /** The peer has shown that it may speak: from now on its messages may be as large as they need to be. */
  admit(): void {
    this.#link.allowFrameBytes(admittedFrameLimit(this.purpose, this.#peerSide))
    this.#admitted?.()
  }

  /** Takes over what arrives; what came before the call was kept. */
  attach(handlers: ConversationHandlers): void {
    this.#link.attach({
      frame: (frame) => this.#receive(frame, handlers),
      drained: () => handlers.drained?.(),
      closed: (error) => {
        this.#closed?.()
        handlers.closed?.(error)
      },
    })
  }

  send<N extends MapMessageName>(name: N, body: MessageBody<N>): void {
    this.#link.send(MESSAGE[name], encodeMessage(name, body))
  }

  /** @param taken called once the network has the packet and nothing reads it here any more; not when the link ends before */
  sendPacket(header: PacketHeader, sealed: Uint8Array, taken: () => void = () => {}): void {
    this.#link.sendThen(taken, MESSAGE.packet, encodePacketHeader(header), sealed)
  }

  sendUpload(bytes: Uint8Array): void {
    this.#link.send(MESSAGE.upload, bytes)
  }

  sendProbe(bytes: Uint8Array): void {
    this.#link.send(MESSAGE.probe, bytes)
  }

  /** Tells the peer why, then closes. For the acceptor of a conversation. */
  refuse(code: string, message: string): void {
    this.send('refused', reason(code, message))
    this.close()
  }

  /** Sends what is queued and ends; at once, and with the error in the handler, when there is one. */
  close(error?: Error): void {
    this.#link.close(error)
  }

  #receive(frame: Frame, handlers: ConversationHandlers): void {
    const name = messageName(frame.type)
    if (name === undefined) throw new TreecastError('E_MESSAGE_UNKNOWN', `message type ${frame.type} is not known`)
    if (!maySend(this.purpose, this.#peerSide, name)) {
      throw new TreecastError(
        'E_MESSAGE_NOT_ALLOWED',
        `${name} is not the ${this.#peerSide}'s to send on a ${this.purpose} link`,
      )
    }
    this.#first?.(frame)
    this.#first = undefined
    if (name === 'packet') {
      const { header, sealed } = decodePacket(frame.body)
      handlers.packet?.(header, sealed)
    } else if (name === 'upload') {
      handlers.upload?.(frame.body)
    } else if (name === 'probe') {
      handlers.probe?.(frame.body)
    } else if (isMapMessage(name)) {
      const body = decodeMessage(name, frame.body)
      if (name !== 'hello') handlers.message({ name, body } as Message)
    }
  }
}

/**
 * Starts a conversation on a link that this side dialled. Nothing has to be waited for: messages may follow at once. An acceptor that says
 * something else than HELLO or REFUSED first, or whose HELLO does not answer this one, loses the link; so does one that says nothing.
 */
export function openConversation(link: Link, hello: Omit<Hello, 'version' | 'features'>, clock: Clock): Conversation {
  // An open link keeps the process alive as long as it has to.
  const late = clock.after(LIMITS.helloMs, () => closeUnanswered(conversation), { background: true })
  const dialledAtMs = clock.monotonic()
  const first = (frame: Frame) => {
    late.cancel()
    conversation.answered(clock.monotonic() - dialledAtMs)
    if (frame.type !== MESSAGE.refused) checkAnswer(readHello(frame), hello.purpose)
  }
  const conversation = new Conversation({ link, purpose: hello.purpose, side: 'dialler', first })
  // Its certificate is the one that was expected, or there would be no link.
  conversation.admit()
  conversation.send('hello', { version: PROTOCOL_VERSION, features: [], ...hello })
  return conversation
}

function closeUnanswered(conversation: Conversation): void {
  const message = `${formatAddress(conversation.remote)} answered no HELLO within ${LIMITS.helloMs} ms`
  // One that is being closed need not answer any more.
  if (conversation.open) conversation.close(new TreecastError('E_DEADLINE', message))
}

function checkAnswer({ purpose, role }: Hello, asked: Purpose): void {
  if (purpose === asked && ACCEPTOR_ROLES[asked].includes(role)) return
  const message = `a HELLO for a ${asked} link was answered by one of a ${role} for a ${purpose} link`
  throw new TreecastError('E_HELLO', message, { facts: { asked, purpose, role } })
}

/**
 * Waits for the dialler's HELLO on an accepted link and answers it. A late, missing or wrong HELLO ends the link, told to the peer.
 * `welcome` runs in the same turn as the HELLO and attaches its handlers, so no later message can be missed; a throw of its own refuses
 * the conversation with that error.
 */
export function greet(
  link: Link,
  options: {
    clock: Clock
    deadlineMs: number
    answer: Pick<Hello, 'role' | 'software'>
    welcome: (conversation: Conversation, hello: Hello) => void
    failed?: (error: unknown) => void
    /** The conversation's user admitted the peer. */
    admitted?: () => void
    /** The link is gone, whatever became of the conversation. */
    closed?: () => void
  },
): void {
  const { admitted, closed } = options
  const refuse = (error: unknown) => {
    link.send(MESSAGE.refused, encodeMessage('refused', reasonOf(error)))
    link.close()
    options.failed?.(error)
  }
  const late = options.clock.after(options.deadlineMs, () =>
    refuse(new TreecastError('E_DEADLINE', `no HELLO within ${options.deadlineMs} ms`)),
  )
  link.attach({
    frame: (frame) => {
      late.cancel()
      try {
        const hello = readHello(frame)
        const conversation = new Conversation({ link, purpose: hello.purpose, side: 'acceptor', admitted, closed })
        conversation.send('hello', {
          version: PROTOCOL_VERSION,
          features: [],
          purpose: hello.purpose,
          ...options.answer,
        })
        options.welcome(conversation, hello)
      } catch (error) {
        refuse(error)
      }
    },
    closed: () => {
      late.cancel()
      closed?.()
    },
  })
}

/**
 * The version comes first: what else a HELLO of another version holds is not for this one to judge.
 * @throws E_MESSAGE_NOT_ALLOWED, E_MESSAGE, E_VERSION
 */
function readHello(frame: Frame): Hello {
  if (frame.type !== MESSAGE.hello) throw new TreecastError('E_MESSAGE_NOT_ALLOWED', 'a link starts with HELLO')
  const { version, software } = decodeMap('hello', anyHelloSchema, frame.body)
  if (version === PROTOCOL_VERSION) return decodeMessage('hello', frame.body)
  const peer = typeof software === 'string' ? software.slice(0, 64) : 'the peer'
  throw new TreecastError(
    'E_VERSION',
    `this program speaks protocol version ${PROTOCOL_VERSION}, ${peer} speaks ${version}: install the same version on both`,
  )
}
