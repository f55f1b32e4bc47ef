/** One terminal's control connection at the main server: heartbeats, route acks, progress, receipts, failures. */

import { openSigned, SIGNING_CONTEXT } from '../identity/signed.ts'
import type { Conversation, Message } from '../link/conversation.ts'
import type { NetworkDatabase } from '../registry/network-database.ts'
import type { Node } from '../registry/nodes.ts'
import { sameBytes } from '../seal/digests.ts'
import type { Clock } from '../system/clock.ts'
import { messageOf } from '../system/errors.ts'
import type { Log } from '../system/log.ts'
import type { MessageBody } from '../wire/messages.ts'
import { decodeReceipt, type Receipt } from '../wire/signed-documents.ts'
import type { AdmittedNodes } from './admitted-nodes.ts'
import type { ContentQuestions } from './content-questions.ts'
import { RECEIPT_EVENT } from './delivery-view.ts'
import type { Preflight } from './preflight.ts'
import type { Presence, PresentTerminal } from './presence.ts'
import type { ProviderDesk } from './provider-desk.ts'
import type { TransferManager } from './transfer-manager.ts'

export interface TerminalDeskOptions {
  readonly node: Node
  readonly terminal: PresentTerminal
  readonly nodes: AdmittedNodes
  readonly presence: Presence
  readonly preflight: Preflight
  readonly contentQuestions: ContentQuestions
  readonly providers: ProviderDesk
  readonly transfers: TransferManager
  readonly database: NetworkDatabase
  readonly log: Log
  readonly clock: Clock
}

/** Serves a terminal's control conversation until it closes. */
export function serveTerminal(conversation: Conversation, options: TerminalDeskOptions): void {
  const { terminal, presence } = options
  conversation.admit()
  conversation.attach({
    message: (message) => hear(conversation, message, options),
    closed: () => presence.leave(terminal),
  })
  presence.arrive(terminal)
}

function hear(conversation: Conversation, message: Message, options: TerminalDeskOptions): void {
  const { terminal, presence, log } = options
  switch (message.name) {
    case 'heartbeat':
      presence.answered(terminal, message.body)
      return
    case 'clock':
      conversation.send('clock', { sequence: message.body.sequence, nowMs: options.clock.now() })
      return
    case 'preflightAnswer':
      options.preflight.answered(terminal, message.body)
      return
    case 'contentDescribed':
      options.contentQuestions.answered(terminal, message.body)
      return
    case 'tableOffer':
    case 'cannotProvide':
      hearOfProvision(message, options).catch((error: unknown) =>
        log.error('a provided content could not be looked after', { error: messageOf(error) }),
      )
      return
    case 'confirm':
      confirmTransfer(conversation, message.body, options).catch((error: unknown) =>
        log.warn('a transfer could not be looked up', { ...message.body, error: messageOf(error) }),
      )
      return
    case 'routeAck':
    case 'progress':
    case 'failure':
      hearOfTransfer(conversation, message, options)
      return
    case 'summon':
      summon(message.body.fingerprint, options)
      return
    case 'receipt':
      takeReceipt(conversation, message.body, options).catch((error: unknown) =>
        log.warn('a receipt was refused', { terminal: terminal.name, error: messageOf(error) }),
      )
      return
  }
}

async function hearOfProvision(
  { name, body }: Extract<Message, { name: 'tableOffer' | 'cannotProvide' }>,
  { node, transfers, providers }: TerminalDeskOptions,
): Promise<void> {
  const running = transfers.find(body.transfer)
  if (running === undefined) return
  if (name === 'tableOffer') await providers.tableOffered(running, node, body)
  else await providers.failed(running, node.nodeId, body)
}

/** A terminal is to serve one that cannot be dialled: that one is asked to open a link to it, if the two have a transfer in common. */
function summon(fingerprint: string, { node, terminal, nodes, presence, transfers }: TerminalDeskOptions): void {
  const called = nodes.find(fingerprint)
  if (called === undefined || terminal.address === null) return
  const together = transfers.all().some(({ distribution }) => {
    const members = new Set(distribution.deliveries.map((delivery) => delivery.node))
    for (const provider of distribution.origin.providers?.asked ?? []) members.add(provider)
    return members.has(node.nodeId) && members.has(called.nodeId)
  })
  if (!together) return
  const server = { address: terminal.address, fingerprint: node.fingerprint }
  presence.find(called.nodeId)?.control.send('openFeed', server)
}

function hearOfTransfer(
  conversation: Conversation,
  message: Extract<Message, { name: 'routeAck' | 'progress' | 'failure' }>,
  { node, transfers, log }: TerminalDeskOptions,
): void {
  const { transfer } = message.body
  const running = transfers.find(transfer)
  const calledOff = running?.calledOffAt(node.nodeId)
  if (running !== undefined && calledOff !== undefined) {
    // A transport request may come to it by way of another terminal, after the transfer was called off, or its own delivery superseded.
    conversation.send('cancel', { transfer, ...calledOff })
    // It may have received the content before the news, and must not be taken to have it.
    if (message.name === 'failure' && message.body.about === 'self') {
      running.distribution.reports.failure(node.nodeId, message.body)
    }
  } else if (running === undefined) {
    // The terminal works on something that is over: it did not hear of the end.
    transfers.known.endOf(transfer, node.nodeId).then(
      (reason) => reason && conversation.send('cancel', { transfer, ...reason }),
      (error: unknown) => log.warn('a transfer could not be looked up', { transfer, error: messageOf(error) }),
    )
  } else if (message.name === 'routeAck') running.distribution.reports.routeAck(node.nodeId, message.body)
  else if (message.name === 'progress') running.distribution.reports.progress(node.nodeId, message.body)
  else running.distribution.reports.failure(node.nodeId, message.body)
}

/** A terminal is about to show content: it may, unless the transfer was called off. */
async function confirmTransfer(
  conversation: Conversation,
  { transfer }: MessageBody<'confirm'>,
  { node, transfers }: TerminalDeskOptions,
): Promise<void> {
  const reason = await transfers.known.endOf(transfer, node.nodeId)
  if (reason === undefined) conversation.send('confirmed', { transfer })
  else conversation.send('cancel', { transfer, ...reason })
}

async function takeReceipt(
  conversation: Conversation,
  { receipt: signed, state, error, hook }: MessageBody<'receipt'>,
  { node, terminal, transfers, database, log }: TerminalDeskOptions,
): Promise<void> {
  const payload = openSigned(node.ed25519Public, SIGNING_CONTEXT.receipt, signed)
  const receipt = payload === undefined ? undefined : decodeReceipt(payload)
  if (receipt === undefined || receipt.node !== node.nodeId) {
    log.warn('a receipt is not signed by its terminal', { terminal: terminal.name })
    return
  }
  const { transfer } = receipt
  const confirm = () => conversation.send('receiptKept', { transfer, state })
  const running = transfers.find(transfer)
  if (running !== undefined) {
    if (!running.isOf(receipt)) return warnOfDigest(log, terminal, receipt)
    running.distribution.reports.receipt(node.nodeId, receipt, { signed, state, error, hook, kept: confirm })
    return
  }
  // The transfer is over here: a receipt that comes late, or again, still goes into the records.
  const recorded = await database.transfers.find(transfer)
  const delivery = (await database.deliveries.list(transfer)).find(({ nodeId }) => nodeId === node.nodeId)
  if (recorded !== undefined && delivery !== undefined) {
    if (recorded.contentDigest === null || !sameBytes(recorded.contentDigest, receipt.contentDigest)) {
      return warnOfDigest(log, terminal, receipt)
    }
    const event = RECEIPT_EVENT[state]
    await database.deliveries.apply([
      { transfer, handle: delivery.handle, event, bytes: receipt.bytes, receipt: signed, error },
    ])
  }
  confirm()
}

function warnOfDigest(log: Log, terminal: PresentTerminal, { transfer }: Receipt): void {
  log.warn('a receipt is for other content than was pushed', { terminal: terminal.name, transfer })
}
