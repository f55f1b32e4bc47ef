/** Enrolment, the newcomer's side: a token is turned into a membership. Used by terminals and operators. */

import type { Identity } from '../identity/identity.ts'
import { decodeJoinToken, type JoinRole } from '../identity/join-token.ts'
import type { Membership } from '../identity/membership-store.ts'
import { type NodeId, nodeIdOf } from '../identity/node-id.ts'
import { SIGNING_CONTEXT, signBytes } from '../identity/signed.ts'
import { openConversation } from '../link/conversation.ts'
import type { Link, Network } from '../link/link.ts'
import { assertNodeName } from '../registry/node-name.ts'
import { type Address, formatAddress } from '../system/address.ts'
import { type Clock, withDeadline } from '../system/clock.ts'
import { messageOf, TreecastError } from '../system/errors.ts'
import { LIMITS } from '../wire/limits.ts'
import type { MessageBody } from '../wire/messages.ts'
import { peerError } from '../wire/reason.ts'

export interface JoinOptions {
  readonly token: string
  /** Where to reach the main server, when that is not where the token says. */
  readonly server: Address | undefined
  readonly role: JoinRole
  readonly name: string
  readonly identity: Identity
  readonly network: Network
  readonly clock: Clock
  readonly software: string
}

/**
 * Enrols this node with the main server that the token names.
 * @throws E_JOIN_TOKEN_… (malformed, wrong role, unknown, spent, expired), E_NAME, E_NAME_TAKEN, E_MAIN_UNREACHABLE, E_WRONG_PEER
 */
export async function joinMainServer(options: JoinOptions): Promise<Membership> {
  const { identity, role, name, network, clock, software } = options
  const token = decodeJoinToken(options.token)
  if (token.role !== role) {
    const message = `this token is for ${token.role}s, not ${role}s: make one with \`treecast serve token --role ${role}\``
    throw new TreecastError('E_JOIN_TOKEN_ROLE', message)
  }
  assertNodeName(role, name)
  const address = options.server ?? token.address
  const link = await dialMain(network, { address, fingerprint: token.fingerprint })
  const conversation = openConversation(link, { role: 'newcomer', purpose: 'enrol', software }, clock)
  const answer = new Promise<MessageBody<'enrolled'>>((resolve, reject) => {
    conversation.attach({
      message: (message) => {
        if (message.name === 'enrolled') resolve(message.body)
        else if (message.name === 'refused') reject(peerError(message.body))
      },
      closed: (cause) => {
        const why = cause === undefined ? 'it closed the link' : messageOf(cause)
        const message = `the main server at ${formatAddress(address)} went away before it had let this machine in (${why}): try again`
        reject(new TreecastError('E_MAIN_UNREACHABLE', message, { cause }))
      },
    })
  })
  const { ed25519Public, x25519 } = identity.keys
  const proof = signBytes(identity.keys, SIGNING_CONTEXT.enrolment, Buffer.from(identity.certificate.fingerprint))
  conversation.send('enrol', {
    role,
    secret: token.secret,
    name,
    ed25519: ed25519Public,
    x25519: x25519.publicKey,
    proof: proof.signature,
  })
  try {
    const enrolled = await withDeadline({ clock, ms: LIMITS.enrolMs, what: 'enrolment' }, answer)
    return {
      address,
      fingerprint: token.fingerprint,
      ed25519Public: enrolled.ed25519,
      x25519Public: enrolled.x25519,
      serverNodeId: nodeIdOf(enrolled.ed25519),
      name: enrolled.name,
      nodeId: enrolled.node as NodeId,
    }
  } finally {
    conversation.close()
  }
}

/** Dials the main server. @throws E_MAIN_UNREACHABLE, E_WRONG_PEER */
export async function dialMain(network: Network, main: { address: Address; fingerprint: string }): Promise<Link> {
  try {
    return await network.dial(main.address, { expect: main.fingerprint, deadlineMs: LIMITS.dialMs })
  } catch (cause) {
    if (cause instanceof TreecastError && cause.code === 'E_WRONG_PEER') throw cause
    const message = `the main server at ${formatAddress(main.address)} cannot be reached (${messageOf(cause)}): is \`treecast serve\` running there?`
    throw new TreecastError('E_MAIN_UNREACHABLE', message, { cause })
  }
}
