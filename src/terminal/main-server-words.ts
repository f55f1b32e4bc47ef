/** What a terminal does with what its main server says on the control connection: each word goes to the module whose business it is. */

import type { Message } from '../link/conversation.ts'
import { parseAddress } from '../system/address.ts'
import { refuseContent } from './acceptance.ts'
import type { ControlUser } from './control-connection.ts'
import { describeContent } from './describe-content.ts'
import type { TerminalEvents, TerminalModules, TerminalParts } from './terminal-modules.ts'

type WordParts = Pick<TerminalParts, 'files' | 'inbox' | 'exports' | 'sockets' | 'main'>

/** @param modules all of them, which are not there yet: asked for when something is said */
export function mainServerWords(parts: WordParts, modules: () => TerminalModules, events: TerminalEvents): ControlUser {
  const { files, inbox } = parts
  return {
    connected: () => {
      events.connected()
      const { transfers, provisions, times } = modules()
      transfers.reportRoutes()
      provisions.offerAgain()
      times.connected()
    },
    disconnected: () => modules().times.disconnected(),
    preflight: async (offered) => (await refuseContent({ files, inbox }, offered)) ?? null,
    condition: async () => ({
      transfers: modules().transfers.size,
      freeBytes: await files.freeBytes(inbox.staging),
    }),
    receiptKept: () => modules().firstOutcome.look(),
    rejected: (error) => events.rejected(error),
    told: (message) => act(message, parts, modules()),
  }
}

/** @throws E_MANIFEST, E_TICKET when the main server did not sign what it says of a content */
function act(message: Message, parts: WordParts, modules: TerminalModules): void {
  const { control, transfers, provisions, times, mainClock } = modules
  const { sockets, main } = parts
  switch (message.name) {
    case 'clock':
      if (mainClock.answered(message.body)) times.clockRead()
      return
    case 'confirmed':
      times.confirmed(message.body.transfer)
      return
    case 'deliver':
      transfers.deliver(message.body)
      return
    case 'reroute':
      transfers.reroute(message.body)
      return
    case 'cancel':
      void transfers.cancel(message.body)
      void provisions.dismiss(message.body.transfer)
      return
    case 'openFeed': {
      const { address, fingerprint } = message.body
      sockets.openFeed({ fingerprint, address: address === null ? main.address : parseAddress(address) })
      return
    }
    case 'revoked':
      sockets.banish(message.body.fingerprints)
      return
    case 'describeContent':
      void describeContent(parts, message.body).then((answer) => control.contentDescribed(answer))
      return
    case 'provide':
      void provisions.provide(message.body)
      return
    case 'tableSigned':
      provisions.tableSigned(message.body)
      return
    case 'dismiss':
      void provisions.dismiss(message.body.transfer)
      return
  }
}
