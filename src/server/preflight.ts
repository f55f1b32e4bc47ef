/**
 * Before the bytes of a push move, every target that is here is asked whether it can take them: all at once, so the answers cost one round
 * trip together. Who does not answer in time is taken to be able; its transport request is checked again when it comes.
 */

import type { NodeId } from '../identity/node-id.ts'
import { type Clock, withDeadline } from '../system/clock.ts'
import { LIMITS } from '../wire/limits.ts'
import type { MessageBody } from '../wire/messages.ts'
import { type Reason, reason } from '../wire/reason.ts'
import type { Presence, PresentTerminal } from './presence.ts'

export type PreflightWish = Omit<MessageBody<'preflight'>, 'question'>

interface Asked {
  readonly waiting: Set<NodeId>
  readonly refusals: Map<NodeId, Reason>
  readonly answered: () => void
}

export class Preflight {
  readonly #clock: Clock
  readonly #presence: Pick<Presence, 'find'>
  readonly #asked = new Map<number, Asked>()
  #question = 0

  constructor(clock: Clock, presence: Pick<Presence, 'find'>) {
    this.#clock = clock
    this.#presence = presence
  }

  /** @returns why some of them cannot take the content; at once for one so small that its transport request tells as soon */
  async ask(nodes: readonly NodeId[], wish: PreflightWish): Promise<ReadonlyMap<NodeId, Reason>> {
    const terminals = nodes.flatMap((node) => this.#presence.find(node) ?? [])
    const refusals = new Map<NodeId, Reason>()
    if (terminals.length === 0 || (wish.bytes !== null && wish.bytes < LIMITS.preflightFromBytes)) return refusals
    const question = ++this.#question
    const { promise, resolve } = Promise.withResolvers<void>()
    const waiting = new Set(terminals.map(({ node }) => node))
    this.#asked.set(question, { waiting, refusals, answered: resolve })
    for (const { control } of terminals) control.send('preflight', { question, ...wish })
    await withDeadline({ clock: this.#clock, ms: LIMITS.preflightMs, what: 'asking the targets' }, promise).catch(
      () => undefined,
    )
    this.#asked.delete(question)
    return refusals
  }

  answered({ node, name }: PresentTerminal, { question, refusal }: MessageBody<'preflightAnswer'>): void {
    const asked = this.#asked.get(question)
    if (asked?.waiting.delete(node) !== true) return
    if (refusal !== null) {
      const message = `terminal ${name} refused the transfer: ${refusal.message}, or push with --to '!${name}'`
      asked.refusals.set(node, reason(refusal.code, message))
    }
    if (asked.waiting.size === 0) asked.answered()
  }
}
