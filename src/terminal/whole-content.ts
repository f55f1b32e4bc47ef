/** A small content as it goes to a terminal in one message, and is taken from it. */

import type { MessageBody } from '../wire/messages.ts'

/** All of a small content, sealed: its tables by segment, its packets by index. */
export type WholeContent = Pick<MessageBody<'deliver'>, 'tables' | 'packets'>
