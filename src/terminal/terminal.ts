/** A terminal: everything that `treecast relay` runs, from its start to its stop. Its modules are put together by terminal-modules.ts. */

import { join } from 'node:path'
import { openInbox } from '../content/inbox.ts'
import type { Identity } from '../identity/identity.ts'
import { loadOrCreateIdentity } from '../identity/identity-store.ts'
import type { Network } from '../link/link.ts'
import { type Address, formatAddress } from '../system/address.ts'
import type { Clock } from '../system/clock.ts'
import type { Commands } from '../system/commands.ts'
import { TreecastError } from '../system/errors.ts'
import type { Files } from '../system/files.ts'
import type { Log } from '../system/log.ts'
import { type Meter, silentMeter } from '../system/meter.ts'
import type { Random } from '../system/random.ts'
import type { Labels } from '../wire/labels.ts'
import type { TransferOutcome } from './first-outcome.ts'
import type { HookCommands } from './hooks.ts'
import type { SendLimit } from './send-limit.ts'
import { laterUser, SocketControl } from './socket-control.ts'
import { type OpenDatabase, StateFile } from './state-file.ts'
import { terminalMembership } from './terminal-membership.ts'
import { openModules, startModules, stopModules, type TerminalModules } from './terminal-modules.ts'

export interface TerminalOptions {
  /** HOME/relay: keys, membership and state. */
  readonly folder: string
  /** A join token; needed once. */
  readonly join: string | undefined
  readonly name: string | undefined
  /** Reaches the main server elsewhere than where the token said. */
  readonly server: Address | undefined
  readonly listen: Address
  /** The address that other terminals shall use. */
  readonly advertise: Address | undefined
  readonly inbox: string
  /** Folders of which a push may send something from here, absolute paths. */
  readonly exported: readonly string[]
  readonly leaf: boolean
  /** Cannot be dialled: it is fed over links that it opens itself. Such a terminal is a leaf. */
  readonly outboundOnly: boolean
  /** How fast it may send. Default: no limit. */
  readonly sendLimit?: SendLimit
  /** What its owner wants run when content has gone live, and when it was taken out. */
  readonly hooks: HookCommands
  readonly commands: Commands
  /** What it says of itself; nothing by default. */
  readonly labels?: Labels
  readonly clock: Clock
  readonly random: Random
  readonly files: Files
  readonly log: Log
  /** Default: nobody asks for figures. */
  readonly meter?: Meter
  /** The network of a node with this identity. */
  readonly network: (identity: Identity) => Network
  /** Default: the file in `folder`. */
  readonly openDatabase?: OpenDatabase
  readonly version: string
  /** Resolves when the caller no longer waits for the start. */
  readonly interrupted?: Promise<unknown>
}

export interface RunningTerminal {
  readonly name: string
  /** The main server. */
  readonly server: Address
  /** This terminal's server socket. */
  readonly address: Address
  /** Resolves when the terminal cannot go on. */
  readonly failed: Promise<Error>
  /** What the first transfer came to that ended here since the start, once the main server knows it. */
  readonly firstOutcome: Promise<TransferOutcome>
  stop(): Promise<void>
}

/**
 * Starts a terminal; resolves once the main server knows that it is there.
 * @throws E_NOT_ENROLLED, E_JOIN_TOKEN_…, E_NAME_TAKEN, E_ADDRESS_IN_USE, E_WIDE_MODE, E_INBOX, E_MAIN_UNREACHABLE (when enrolling)
 */
export async function startTerminal(options: TerminalOptions): Promise<RunningTerminal> {
  const { folder, files, random, clock, log } = options
  const identity = await loadOrCreateIdentity({ folder, files, random })
  const network = options.network(identity)
  const inbox = await openInbox(files, options.inbox, join(folder, 'staging'))
  const state = await StateFile.open(join(folder, 'state.db'), options.openDatabase)
  const software = `treecast ${options.version}`
  const leaf = options.leaf || options.outboundOnly
  let modules: TerminalModules | undefined
  const sockets = new SocketControl(
    { network, clock, log, role: 'terminal', software, leaf },
    laterUser(() => modules?.core),
  )
  // Before it enrols: a port that another process has must not cost a use of the token.
  const address = await sockets.start(options.listen)
  const listening = options.outboundOnly ? undefined : formatAddress(options.advertise ?? address)
  if (listening !== undefined) sockets.announce(listening)
  try {
    const membership = await terminalMembership(options, { identity, network, software })
    const main = { address: options.server ?? membership.address, fingerprint: membership.fingerprint }
    const failed = Promise.withResolvers<Error>()
    const connected = Promise.withResolvers<void>()
    void options.interrupted?.then(() =>
      connected.reject(new TreecastError('E_INTERRUPTED', 'interrupted before the main server was there')),
    )
    const { meter = silentMeter, labels = {} } = options
    const exports = { inbox: inbox.folder, exported: options.exported }
    const own = { identity, network, membership, main, inbox, state, sockets, software, leaf, listening, exports }
    const opened = await openModules(
      { ...options, meter, labels, ...own },
      {
        connected: () => connected.resolve(),
        rejected: (error) => {
          failed.resolve(error)
          connected.reject(error)
        },
      },
    )
    modules = opened
    await startModules(opened, state)
    const stop = async () => {
      await stopModules(opened)
      await sockets.stop()
      await state.close()
    }
    await connected.promise.catch(async (error) => {
      await stop()
      throw error
    })
    return {
      ...{ name: membership.name, server: main.address, address, stop },
      failed: failed.promise,
      firstOutcome: opened.firstOutcome.known,
    }
  } catch (error) {
    await sockets.stop()
    throw error
  }
}
