/** What terminals say of contents that they could provide, asked by the main server before a transfer begins. */

import type { NodeId } from '../identity/node-id.ts'
import { type Clock, withDeadline } from '../system/clock.ts'
import { type ErrorCode, TreecastError } from '../system/errors.ts'
import { LIMITS } from '../wire/limits.ts'
import type { MessageBody } from '../wire/messages.ts'
import type { PresentTerminal } from './presence.ts'

export type DescribedContent = NonNullable<MessageBody<'contentDescribed'>['content']>

interface Asked {
  readonly node: NodeId
  readonly answered: (answer: MessageBody<'contentDescribed'>) => void
}

export class ContentQuestions {
  readonly #clock: Clock
  readonly #asked = new Map<number, Asked>()
  #question = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** What lies at the terminal's path. @throws E_DEADLINE, or what the terminal says */
  async ask(
    { node, name, control }: PresentTerminal,
    wish: Omit<MessageBody<'describeContent'>, 'question'>,
  ): Promise<DescribedContent> {
    const question = ++this.#question
    const { promise, resolve } = Promise.withResolvers<MessageBody<'contentDescribed'>>()
    this.#asked.set(question, { node, answered: resolve })
    control.send('describeContent', { question, ...wish })
    try {
      const what = `asking terminal ${name} for its content`
      const { content, error } = await withDeadline({ clock: this.#clock, ms: LIMITS.describeMs, what }, promise)
      if (content !== null) return content
      const { code, message } = error ?? { code: '', message: 'it cannot be read' }
      // What its file system says is no code of ours.
      const ours = code.startsWith('E_PATH_') ? (code as ErrorCode) : 'E_PATH_UNREADABLE'
      throw new TreecastError(ours, `terminal ${name}: ${message}`)
    } finally {
      this.#asked.delete(question)
    }
  }

  answered({ node }: PresentTerminal, answer: MessageBody<'contentDescribed'>): void {
    const asked = this.#asked.get(answer.question)
    if (asked?.node === node) asked.answered(answer)
  }
}
