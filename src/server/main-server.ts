/** The main server: everything that `treecast serve` runs, put together from its ports. */

import { join } from 'node:path'
import type { Identity } from '../identity/identity.ts'
import { loadOrCreateIdentity } from '../identity/identity-store.ts'
import { encodeJoinToken } from '../identity/join-token.ts'
import { saveMembership } from '../identity/membership-store.ts'
import type { Fingerprint } from '../identity/node-id.ts'
import { openSigned, SIGNING_CONTEXT } from '../identity/signed.ts'
import type { Network } from '../link/link.ts'
import { type NetworkDatabase, openNetworkDatabase } from '../registry/network-database.ts'
import type { TokenTerms } from '../registry/tokens.ts'
import { type Address, formatAddress, isUnspecified } from '../system/address.ts'
import type { Clock } from '../system/clock.ts'
import type { Files } from '../system/files.ts'
import type { Log } from '../system/log.ts'
import { type Meter, silentMeter } from '../system/meter.ts'
import type { Random } from '../system/random.ts'
import type { SendLimit } from '../terminal/send-limit.ts'
import { laterUser, SocketControl } from '../terminal/socket-control.ts'
import { TicketDesk } from '../terminal/ticket-desk.ts'
import { AdmittedNodes } from './admitted-nodes.ts'
import { ContentQuestions } from './content-questions.ts'
import { DATABASE_FILE } from './database-file.ts'
import { readFigures } from './figures.ts'
import { FirstServers } from './first-servers.ts'
import { FrontDesk } from './front-desk.ts'
import { Inquiries } from './inquiries.ts'
import { tokenAddress } from './join-tokens.ts'
import { Library } from './library.ts'
import { Preflight } from './preflight.ts'
import { Presence, type PresentTerminal } from './presence.ts'
import { Prober } from './prober.ts'
import { ProviderDesk } from './provider-desk.ts'
import { ProviderLinks } from './provider-links.ts'
import { Recorder } from './recorder.ts'
import type { ServerPolicy } from './server-policy.ts'
import { SteeringDesk } from './steering-desk.ts'
import { TerminalRoster } from './terminal-roster.ts'
import { TicketOffice } from './tickets.ts'
import { TransferManager } from './transfer-manager.ts'

export interface MainServerOptions {
  /** HOME/serve: keys, network database, library. */
  readonly folder: string
  /** HOME/operator: made on the first start, so that this machine's operator just works. */
  readonly operatorFolder: string
  readonly listen: Address
  readonly policy: ServerPolicy
  /** How fast it may send. Default: no limit. */
  readonly sendLimit?: SendLimit
  readonly clock: Clock
  readonly random: Random
  readonly files: Files
  readonly log: Log
  /** Default: nobody asks for figures. */
  readonly meter?: Meter
  /** The network of a node with this identity. */
  readonly network: (identity: Identity) => Network
  /** Default: the file in `folder`. */
  readonly openDatabase?: typeof openNetworkDatabase
  readonly version: string
  /** A newcomer was turned away, with this code. */
  readonly enrolmentRefused?: (code: string) => void
}

export interface RunningMainServer {
  /** Where it really listens. */
  readonly address: Address
  /** Resolves when the main server cannot go on. */
  readonly failed: Promise<Error>
  /** Of the certificate that it shows. */
  readonly fingerprint: Fingerprint
  /** A join token; see TokenTerms. */
  issueToken(terms: TokenTerms): Promise<string>
  /** The terminals that are here now. */
  present(): readonly PresentTerminal[]
  stop(): Promise<void>
}

/** @throws E_ADDRESS_IN_USE, E_LISTEN, E_WIDE_MODE, E_DATABASE_…, E_IDENTITY_DAMAGED */
export async function startMainServer(options: MainServerOptions): Promise<RunningMainServer> {
  const { folder, files, random, clock, log, version, meter = silentMeter } = options
  const identity = await loadOrCreateIdentity({ folder, files, random })
  const open = options.openDatabase ?? openNetworkDatabase
  const database = await open({ path: join(folder, DATABASE_FILE), clock })
  const nodes = await AdmittedNodes.load(database)
  const ticketOffice = new TicketOffice(identity.keys, random)
  const recorder = new Recorder({ clock, database, log, meter })

  const network = options.network(identity)
  const sockets: SocketControl = new SocketControl(
    { network, clock, log, role: 'main', software: `treecast ${version}`, leaf: false },
    laterUser(() => desk),
  )
  const presence: Presence = new Presence(clock, {
    arrived: (terminal) => void transfers.arrived(terminal),
    left: (terminal) => transfers.left(terminal),
    responded: (nodeId, value) => recorder.sample({ nodeId, kind: 'response', value }),
  })
  const preflight = new Preflight(clock, presence)
  const roster = new TerminalRoster({ database, presence, recorder })
  const library = new Library(files, join(folder, 'library'))
  const contentQuestions = new ContentQuestions(clock)
  const providerLinks = new ProviderLinks(presence)
  const providers = new ProviderDesk({ clock, log, database, links: providerLinks, roster, tickets: ticketOffice })
  const transfers: TransferManager = new TransferManager({
    firstServers: new FirstServers(presence, contentQuestions),
    ...{ providers, providerLinks },
    ...{ clock, random, log, database, sockets, presence, preflight, roster, recorder, library, meter },
    tickets: ticketOffice,
    policy: options.policy,
    sendLimit: options.sendLimit,
  })
  const prober = new Prober({
    ...{ clock, random, database, sockets, presence, roster, recorder },
    sendLimit: options.sendLimit,
  })
  const inquiries = new Inquiries({ database, presence, roster, transfers, prober })
  const steering = new SteeringDesk({ database, roster, nodes, presence, sockets, transfers, log })
  const desk: FrontDesk = new FrontDesk({
    contentQuestions,
    ...{ providers, providerLinks },
    ...{ identity, database, nodes, presence, preflight, transfers, ticketOffice, steering, inquiries, log, clock },
    prober,
    enrolmentRefused: options.enrolmentRefused ?? (() => undefined),
    tickets: new TicketDesk(
      (signed) => openSigned(identity.keys.ed25519Public, SIGNING_CONTEXT.ticket, signed) !== undefined,
    ),
  })

  try {
    await transfers.restore()
    const address = await sockets.start(options.listen)
    await database.settings.set('address', formatAddress(tokenAddress(address)))
    meter.onAsk(() => readFigures({ database, presence, transfers }))
    await admitOwnOperator(options, { identity, database, nodes, address })
    for (const { role, nodeId, x25519Public } of nodes.all()) {
      if (role === 'terminal') ticketOffice.prepare({ node: nodeId, x25519: x25519Public })
    }
    const { fingerprint } = identity.certificate
    return {
      ...{ address, fingerprint, failed: new Promise(() => undefined), stop },
      present: () => presence.all(),
      async issueToken(terms) {
        const secret = await database.tokens.issue(terms, random)
        return encodeJoinToken({ address: tokenAddress(address), fingerprint, secret, role: terms.role })
      },
    }
  } catch (error) {
    await stop()
    throw error
  }

  async function stop(): Promise<void> {
    presence.stop()
    await transfers.stop()
    await sockets.stop()
    await recorder.flush()
    await database.close()
  }
}

/** Whoever may read HOME/operator on this machine operates this main server; no token is needed. */
async function admitOwnOperator(
  { operatorFolder, files, random }: MainServerOptions,
  own: { identity: Identity; database: NetworkDatabase; nodes: AdmittedNodes; address: Address },
): Promise<void> {
  const { identity, database, nodes, address } = own
  const operator = await loadOrCreateIdentity({ folder: operatorFolder, files, random })
  const { ed25519Public, x25519 } = operator.keys
  const node = await database.nodes.put({
    nodeId: operator.nodeId,
    role: 'operator',
    name: 'main',
    fingerprint: operator.certificate.fingerprint,
    ed25519Public,
    x25519Public: x25519.publicKey,
  })
  nodes.add(node)
  await saveMembership(
    { folder: operatorFolder, files },
    {
      address: isUnspecified(address) ? { host: '127.0.0.1', port: address.port } : address,
      fingerprint: identity.certificate.fingerprint,
      ed25519Public: identity.keys.ed25519Public,
      x25519Public: identity.keys.x25519.publicKey,
      serverNodeId: identity.nodeId,
      name: node.name,
      nodeId: node.nodeId,
    },
  )
}
