/**
 * The links on which the main server speaks with those who provide contents: the control link of a terminal, and of an operator that
 * serves its own push, the link that it pushes on.
 */

import type { NodeId } from '../identity/node-id.ts'
import type { Conversation } from '../link/conversation.ts'
import type { Node } from '../registry/nodes.ts'
import type { Presence } from './presence.ts'

/** An operator's process that serves its own push. One operator may have several, each with a link of its own. */
export interface Pusher {
  readonly operator: Node
  readonly conversation: Conversation
}

export class ProviderLinks {
  readonly #presence: Pick<Presence, 'find'>
  /** By transfer. */
  readonly #pushers = new Map<number, Pusher>()

  constructor(presence: Pick<Presence, 'find'>) {
    this.#presence = presence
  }

  /** The operator serves this transfer from now on. */
  joined(transfer: number, pusher: Pusher): void {
    this.#pushers.set(transfer, pusher)
  }

  /** The operator's link is gone. @returns false when it has another one for this transfer by now */
  left(transfer: number, conversation: Conversation): boolean {
    return this.#pushers.get(transfer)?.conversation === conversation && this.#pushers.delete(transfer)
  }

  /** Undefined while that node is not here. */
  find(transfer: number, node: NodeId): Conversation | undefined {
    const pusher = this.#pushers.get(transfer)
    return pusher?.operator.nodeId === node ? pusher.conversation : this.#presence.find(node)?.control
  }
}
