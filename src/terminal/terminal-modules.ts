/**
 * Puts together the modules that a terminal consists of. What one tells goes straight to the other that works with it:
 *
 *   main server ────► control ──main-server-words.ts──► transfers, provisions, times ──► hooks
 *   other terminals ──► sockets ──► core ──► transfers, provisions, probes
 *
 * Nothing is decided here.
 */

import type { Exports } from '../content/exports.ts'
import type { Inbox } from '../content/inbox.ts'
import type { Identity } from '../identity/identity.ts'
import type { Membership } from '../identity/membership-store.ts'
import type { Network } from '../link/link.ts'
import type { Address } from '../system/address.ts'
import type { Clock } from '../system/clock.ts'
import type { Commands } from '../system/commands.ts'
import type { Files } from '../system/files.ts'
import type { Log } from '../system/log.ts'
import type { Meter } from '../system/meter.ts'
import type { Random } from '../system/random.ts'
import type { Labels } from '../wire/labels.ts'
import { ControlConnection } from './control-connection.ts'
import { Core } from './core.ts'
import { openOwn } from './describe-content.ts'
import { FirstOutcome } from './first-outcome.ts'
import { type HookCommands, Hooks } from './hooks.ts'
import { MainClock } from './main-clock.ts'
import { mainServerWords } from './main-server-words.ts'
import { memberKeys } from './member-keys.ts'
import { ProbeDesk } from './probe-desk.ts'
import { Provisions } from './provisions.ts'
import { PublicationTimes } from './publication-times.ts'
import type { SendLimit } from './send-limit.ts'
import type { SocketControl } from './socket-control.ts'
import type { StateFile } from './state-file.ts'
import { TicketDesk } from './ticket-desk.ts'
import { TransferTable } from './transfer-table.ts'
import { Turns } from './turns.ts'

/** What a terminal works with. */
export interface TerminalParts {
  readonly clock: Clock
  readonly random: Random
  readonly files: Files
  readonly log: Log
  readonly meter: Meter
  readonly network: Network
  readonly identity: Pick<Identity, 'nodeId' | 'keys'>
  /** The main server's keys. */
  readonly membership: Pick<Membership, 'ed25519Public' | 'x25519Public'>
  readonly main: { readonly address: Address; readonly fingerprint: string }
  readonly inbox: Inbox
  readonly state: StateFile
  readonly sockets: SocketControl
  readonly software: string
  readonly leaf: boolean
  readonly labels: Labels
  /** Where its server socket is; undefined when it cannot be dialled. */
  readonly listening: string | undefined
  /** What of its disk a push may send from here. */
  readonly exports: Exports
  /** What its owner wants run when content has gone live, and when it was taken out. */
  readonly hooks: HookCommands
  readonly commands: Commands
  /** How fast it may send. Default: no limit. */
  readonly sendLimit?: SendLimit | undefined
}

export interface TerminalModules {
  readonly core: Core
  readonly control: ControlConnection
  readonly transfers: TransferTable
  readonly provisions: Provisions
  readonly mainClock: MainClock
  readonly times: PublicationTimes
  readonly hooks: Hooks
  readonly firstOutcome: FirstOutcome
}

/** What only the life of the terminal can act on. Nothing is told before startModules(). */
export interface TerminalEvents {
  /** The main server knows that this terminal is here. */
  connected(): void
  /** The main server will not have this terminal: trying again is of no use. */
  rejected(error: Error): void
}

export async function openModules(parts: TerminalParts, events: TerminalEvents): Promise<TerminalModules> {
  const { clock, files, log, meter, inbox, state, sockets, identity, main, sendLimit } = parts
  const keys = memberKeys(identity.keys, parts.membership)
  const node = identity.nodeId
  const tickets = new TicketDesk(keys.isTicketSigned)
  const mainClock = MainClock.load({ clock, log, record: state.clock })
  const firstOutcome = new FirstOutcome(() => state.outbox.list())
  const control: ControlConnection = new ControlConnection({
    ...parts,
    user: mainServerWords(parts, () => modules, events),
  })
  const times = new PublicationTimes({
    ...{ clock, log, mainClock },
    askClock: () => control.askClock(mainClock.ask()),
    askConfirmation: (transfer) => control.askConfirmation(transfer),
    work: {
      publish: (transfer) => transfers.timed.publish(transfer),
      withdraw: (transfer) => transfers.timed.withdraw(transfer),
      expire: (transfer) => transfers.timed.expire(transfer),
    },
  })
  const hooks = new Hooks({ ...parts, reports: control, inboxFolder: inbox.folder })
  const provisions = new Provisions({
    ...{ clock, log, sockets, tickets, node, sendLimit, reports: control },
    ...keys,
    open: (path, name) => openOwn(parts, { path, name }),
    began: (transfer, content) => transfers.find(transfer)?.provides(content),
  })
  const means = { clock, files, log, meter, inbox, state, sockets, times, mainClock, hooks, sendLimit }
  const transfers: TransferTable = new TransferTable({
    means: { ...means, ...keys, reports: control, publishing: new Turns() },
    ...{ tickets, node, main },
    ...keys,
    provided: (transfer) => provisions.opened(transfer),
    outcome: (outcome) => firstOutcome.ended(outcome),
  })
  const core = new Core({
    ...{ tickets, transfers, provisions, mainFingerprint: main.fingerprint },
    probes: new ProbeDesk(clock),
    summon: (fingerprint) => control.summon(fingerprint),
  })
  meter.onAsk(() => [
    { name: 'treecast_main_server_connected', value: control.connected ? 1 : 0 },
    { name: 'treecast_transfers_under_way', value: transfers.size },
  ])
  const modules = { core, control, transfers, provisions, mainClock, times, hooks, firstOutcome }
  return modules
}

/** Goes on with what a stop or a crash left unfinished, and connects to the main server. */
export async function startModules(
  { hooks, transfers, times, control }: TerminalModules,
  state: StateFile,
): Promise<void> {
  await hooks.resume()
  await transfers.resume()
  for (const timed of state.destinations.timed()) times.schedule(timed)
  control.start()
}

/** Stops working; what is on the disk stays for the next start. */
export async function stopModules({ control, times, hooks, provisions, transfers }: TerminalModules): Promise<void> {
  control.stop()
  times.stop()
  hooks.stop()
  await provisions.stop()
  await transfers.stop()
}
