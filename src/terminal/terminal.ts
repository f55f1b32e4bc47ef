/** A terminal: everything that `treecast relay` runs, put together from its ports. */

import { join } from 'node:path'
import { openInbox } from '../content/inbox.ts'
import type { Identity } from '../identity/identity.ts'
import { loadOrCreateIdentity } from '../identity/identity-store.ts'
import { loadMembership, type Membership, saveMembership } from '../identity/membership-store.ts'
import { openSigned, SIGNING_CONTEXT, signBytes } from '../identity/signed.ts'
import type { Network } from '../link/link.ts'
import { sharedKey } from '../seal/key-wrap.ts'
import { type Address, formatAddress, parseAddress } from '../system/address.ts'
import type { Clock } from '../system/clock.ts'
import type { Commands } from '../system/commands.ts'
import { TreecastError } from '../system/errors.ts'
import type { Files } from '../system/files.ts'
import type { Log } from '../system/log.ts'
import { type Meter, silentMeter } from '../system/meter.ts'
import type { Random } from '../system/random.ts'
import type { SignedBytes } from '../wire/field-schemas.ts'
import type { Labels } from '../wire/labels.ts'
import { refuseContent } from './acceptance.ts'
import { ControlConnection } from './control-connection.ts'
import { Core } from './core.ts'
import { describeContent, openOwn } from './describe-content.ts'
import { FirstOutcome, type TransferOutcome } from './first-outcome.ts'
import { type HookCommands, Hooks } from './hooks.ts'
import { joinMainServer } from './join.ts'
import { MainClock } from './main-clock.ts'
import { ProbeDesk } from './probe-desk.ts'
import { Provisions } from './provisions.ts'
import { PublicationTimes } from './publication-times.ts'
import type { SendLimit } from './send-limit.ts'
import { SocketControl } from './socket-control.ts'
import { type OpenDatabase, StateFile } from './state-file.ts'
import { TicketDesk } from './ticket-desk.ts'
import { TransferTable } from './transfer-table.ts'
import { Turns } from './turns.ts'

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
  const { folder, files, random, clock, log, meter = silentMeter } = options
  const identity = await loadOrCreateIdentity({ folder, files, random })
  const network = options.network(identity)
  const inbox = await openInbox(files, options.inbox, join(folder, 'staging'))
  const state = await StateFile.open(join(folder, 'state.db'), options.openDatabase)
  const software = `treecast ${options.version}`
  const leaf = options.leaf || options.outboundOnly

  // The user of the sockets is known only once the membership is; nothing is accepted before that.
  let core: Core | undefined
  const sockets = new SocketControl(
    { network, clock, log, role: 'terminal', software, leaf },
    {
      welcome: (conversation, hello) => {
        if (core === undefined) throw new TreecastError('E_STARTING', 'this terminal is still starting')
        core.welcome(conversation, hello)
      },
      message: (conversation, message) => core?.message(conversation, message),
      summon: (fingerprint) => core?.summon(fingerprint),
      packet: (conversation, header, sealed) => core?.packet(conversation, header, sealed),
      drained: (conversation) => core?.drained(conversation),
      closed: (conversation, error) => core?.closed(conversation, error),
    },
  )
  const address = await sockets.start(options.listen)
  const listening = options.outboundOnly ? undefined : formatAddress(options.advertise ?? address)
  if (listening !== undefined) sockets.announce(listening)

  try {
    const membership = await enrol(options, identity, network, software)
    const main = { address: options.server ?? membership.address, fingerprint: membership.fingerprint }
    const tickets = new TicketDesk(
      (signed) => openSigned(membership.ed25519Public, SIGNING_CONTEXT.ticket, signed) !== undefined,
    )
    const failed = Promise.withResolvers<Error>()
    const first = new FirstOutcome(() => state.outbox.list())
    const connected = Promise.withResolvers<void>()
    const givenUp = () =>
      connected.reject(new TreecastError('E_INTERRUPTED', 'interrupted before the main server was there'))
    void options.interrupted?.then(givenUp)
    let transfers: TransferTable | undefined
    const exports = { inbox: inbox.folder, exported: options.exported }
    const mainClock = await MainClock.load({ clock, log, record: state.clock })
    const control: ControlConnection = new ControlConnection({
      network,
      clock,
      random,
      log,
      state,
      main,
      software,
      leaf,
      labels: options.labels ?? {},
      listening,
      user: {
        connected: () => {
          connected.resolve()
          transfers?.reportRoutes()
          provisions.offerAgain()
          times.connected()
        },
        disconnected: () => times.disconnected(),
        clock: (reading) => {
          if (mainClock.answered(reading)) times.clockRead()
        },
        preflight: async (offered) => (await refuseContent({ files, inbox }, offered)) ?? null,
        confirmed: ({ transfer }) => times.confirmed(transfer),
        deliver: (content) => transfers?.deliver(content),
        reroute: (reroute) => transfers?.reroute(reroute),
        openFeed: ({ address, fingerprint }) =>
          sockets.openFeed({ fingerprint, address: address === null ? main.address : parseAddress(address) }),
        condition: async () => ({
          transfers: transfers?.size ?? 0,
          freeBytes: await files.freeBytes(inbox.staging),
        }),
        describeContent: (question) =>
          void describeContent({ files, exports }, question).then((answer) => control.contentDescribed(answer)),
        provide: (provide) => void provisions.provide(provide),
        tableSigned: (signed) => provisions.tableSigned(signed),
        dismiss: ({ transfer }) => void provisions.dismiss(transfer),
        cancel: (cancel) => {
          void transfers?.cancel(cancel)
          void provisions.dismiss(cancel.transfer)
        },
        receiptKept: () => void first.look(),
        revoked: ({ fingerprints }) => sockets.banish(fingerprints),
        rejected: (error) => {
          failed.resolve(error)
          connected.reject(error)
        },
      },
    })
    const times: PublicationTimes = new PublicationTimes({
      ...{ clock, log, mainClock },
      askClock: () => control.askClock(mainClock.ask()),
      askConfirmation: (transfer) => control.askConfirmation(transfer),
      work: {
        publish: async (transfer) => transfers?.timed.publish(transfer),
        withdraw: async (transfer) => transfers?.timed.withdraw(transfer),
        expire: async (transfer) => transfers?.timed.expire(transfer),
      },
    })
    const hooks = new Hooks({
      ...{ log, state, reports: control, commands: options.commands, hooks: options.hooks },
      inboxFolder: inbox.folder,
    })
    const isManifestSigned = (signed: SignedBytes) =>
      openSigned(membership.ed25519Public, SIGNING_CONTEXT.manifest, signed) !== undefined
    const shared = sharedKey(membership.x25519Public, identity.keys.secrets.x25519Secret)
    const provisions: Provisions = new Provisions({
      ...{ clock, log, sockets, tickets, isManifestSigned, sharedKey: shared, reports: control },
      sendLimit: options.sendLimit,
      node: identity.nodeId,
      signTable: (bytes) => signBytes(identity.keys, SIGNING_CONTEXT.packetTable, bytes).signature,
      open: (path, name) => openOwn(files, exports, path, name),
    })
    transfers = new TransferTable({
      means: {
        clock,
        files,
        log,
        meter,
        inbox,
        state,
        sockets,
        reports: control,
        publishing: new Turns(),
        times,
        mainClock,
        hooks,
        sendLimit: options.sendLimit,
        signReceipt: (payload) => signBytes(identity.keys, SIGNING_CONTEXT.receipt, payload),
        verifyTable: (payload, signature) =>
          openSigned(membership.ed25519Public, SIGNING_CONTEXT.packetTable, { payload, signature }) !== undefined,
      },
      tickets,
      node: identity.nodeId,
      main,
      outcome: (outcome) => first.ended(outcome),
      isManifestSigned,
      sharedKey: shared,
      provided: (transfer) => provisions.opened(transfer),
    })
    core = new Core({
      ...{ tickets, transfers, provisions, mainFingerprint: main.fingerprint },
      probes: new ProbeDesk(clock),
      summon: (node) => control.summon(node),
    })
    await hooks.resume()
    meter.onAsk(() => [
      { name: 'treecast_main_server_connected', value: control.connected ? 1 : 0 },
      { name: 'treecast_transfers_under_way', value: transfers?.size ?? 0 },
    ])
    await transfers.resume()
    for (const timed of await state.destinations.timed()) times.schedule(timed)
    control.start()
    const stop = async () => {
      control.stop()
      times.stop()
      hooks.stop()
      await provisions.stop()
      await transfers.stop()
      await sockets.stop()
      await state.close()
    }
    await connected.promise.catch(async (error) => {
      await stop()
      throw error
    })
    return {
      name: membership.name,
      server: main.address,
      address,
      failed: failed.promise,
      firstOutcome: first.known,
      stop,
    }
  } catch (error) {
    await sockets.stop()
    throw error
  }
}

async function enrol(
  options: TerminalOptions,
  identity: Identity,
  network: Network,
  software: string,
): Promise<Membership> {
  const { folder, files, clock, join: token, name, server } = options
  const known = await loadMembership({ folder, files })
  if (known !== undefined) {
    if (name === undefined || name === known.name) return known
    const message = `this terminal is enrolled as ${known.name}: leave --name out, or use another --home for a second terminal`
    throw new TreecastError('E_NAME_FIXED', message)
  }
  if (token === undefined) {
    const message = `no terminal has enrolled in ${folder} yet: get a token with \`treecast serve token\` on the main server and start with --join TOKEN`
    throw new TreecastError('E_NOT_ENROLLED', message)
  }
  if (name === undefined) throw new TreecastError('E_NAME', 'a new terminal needs a name: --name NAME')
  const membership = await joinMainServer({ token, server, role: 'terminal', name, identity, network, clock, software })
  await saveMembership({ folder, files }, membership)
  return membership
}
