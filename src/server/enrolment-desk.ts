/** Enrolment, the main server's side: one ENROL on a link of its own, answered or refused, and the link ends. */

import type { Identity } from '../identity/identity.ts'
import { hashSecret } from '../identity/join-token.ts'
import { nodeIdOf } from '../identity/node-id.ts'
import { openSigned, SIGNING_CONTEXT } from '../identity/signed.ts'
import type { Conversation } from '../link/conversation.ts'
import type { NetworkDatabase } from '../registry/network-database.ts'
import type { Node } from '../registry/nodes.ts'
import { codeOf, messageOf, TreecastError } from '../system/errors.ts'
import type { Log } from '../system/log.ts'
import type { MessageBody } from '../wire/messages.ts'

export interface EnrolmentOptions {
  readonly database: NetworkDatabase
  readonly identity: Identity
  readonly log: Log
  readonly enrolled: (node: Node) => void
  /** With the code of the reason. */
  readonly refused: (code: string) => void
}

/** Serves a newcomer's conversation. It is never admitted: whoever it is has until LIMITS.authoriseMs for all of it. */
export function serveEnrolment(conversation: Conversation, options: EnrolmentOptions): void {
  let asked = false
  conversation.attach({
    message: (message) => {
      if (message.name !== 'enrol') return
      if (asked) throw new TreecastError('E_MESSAGE_NOT_ALLOWED', 'a link carries one ENROL')
      asked = true
      void answer(conversation, message.body, options)
    },
  })
}

async function answer(
  conversation: Conversation,
  body: MessageBody<'enrol'>,
  { database, identity, log, enrolled, refused }: EnrolmentOptions,
): Promise<void> {
  try {
    const node = await enrol(conversation, body, database)
    log.info('a node has enrolled', { role: node.role, name: node.name })
    enrolled(node)
    conversation.send('enrolled', {
      node: node.nodeId,
      name: node.name,
      mainNode: identity.nodeId,
      ed25519: identity.keys.ed25519Public,
      x25519: identity.keys.x25519.publicKey,
    })
    conversation.close()
  } catch (error) {
    log.warn('an enrolment was refused', { name: body.name, peer: conversation.remote.host, error: messageOf(error) })
    refused(codeOf(error))
    conversation.refuse(codeOf(error), messageOf(error))
  }
}

function enrol(conversation: Conversation, body: MessageBody<'enrol'>, database: NetworkDatabase): Promise<Node> {
  const fingerprint = conversation.peerFingerprint
  const proof = { payload: Buffer.from(fingerprint), signature: body.proof }
  if (openSigned(body.ed25519, SIGNING_CONTEXT.enrolment, proof) === undefined) {
    throw new TreecastError('E_NOT_AUTHORISED', 'the new node does not hold the key it names')
  }
  const { role, name, secret } = body
  const keys = { ed25519Public: body.ed25519, x25519Public: body.x25519 }
  const node = { nodeId: nodeIdOf(body.ed25519), role, name, fingerprint, ...keys }
  return database.enrol({ node, secretHash: hashSecret(secret) })
}
