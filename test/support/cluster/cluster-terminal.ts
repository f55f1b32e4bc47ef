/** One terminal of a cluster: the modules of src/terminal/terminal.ts put together over modelled network, files and time. */

import { openInbox } from '../../../src/content/inbox.ts'
import { openSigned, SIGNING_CONTEXT, signBytes } from '../../../src/identity/signed.ts'
import type { Network } from '../../../src/link/link.ts'
import { IN_MEMORY } from '../../../src/registry/open-database.ts'
import { formatAddress } from '../../../src/system/address.ts'
import type { Clock } from '../../../src/system/clock.ts'
import type { MemoryFiles } from '../../../src/system/memory-files.ts'
import { createMemoryLog, type MemoryLog } from '../../../src/system/memory-log.ts'
import { silentMeter } from '../../../src/system/meter.ts'
import type { Random } from '../../../src/system/random.ts'
import { ControlConnection } from '../../../src/terminal/control-connection.ts'
import { Core } from '../../../src/terminal/core.ts'
import { ProbeDesk } from '../../../src/terminal/probe-desk.ts'
import { SocketControl } from '../../../src/terminal/socket-control.ts'
import { StateFile } from '../../../src/terminal/state-file.ts'
import { TicketDesk } from '../../../src/terminal/ticket-desk.ts'
import { TransferTable } from '../../../src/terminal/transfer-table.ts'
import { Turns } from '../../../src/terminal/turns.ts'
import { type Member, secretBetween } from './member.ts'

const INBOX = '/inbox'
const STAGING = '/home/staging'

export interface ClusterTerminalOptions {
  readonly member: Member
  readonly main: Member
  readonly network: Network
  readonly clock: Clock
  readonly random: Random
  readonly files: MemoryFiles
  /** Kept from an earlier run of the same terminal. */
  readonly state?: StateFile
}

export interface ClusterTerminal {
  readonly member: Member
  readonly files: MemoryFiles
  readonly state: StateFile
  readonly log: MemoryLog
  readonly transfers: TransferTable
  readonly sockets: SocketControl
  readonly rejections: Error[]
  /** The published bytes; undefined when nothing is there. */
  published(destination: string): Promise<Uint8Array | undefined>
  /** An orderly end; the state stays open for a next run. */
  stop(): Promise<void>
}

export async function startClusterTerminal(options: ClusterTerminalOptions): Promise<ClusterTerminal> {
  const { member, main, network, clock, random, files } = options
  const inbox = await openInbox(files, INBOX, STAGING)
  const state = options.state ?? (await StateFile.open(IN_MEMORY))
  const log = createMemoryLog()
  const rejections: Error[] = []
  const signedByMain = (context: (typeof SIGNING_CONTEXT)[keyof typeof SIGNING_CONTEXT]) => {
    return (signed: { payload: Uint8Array; signature: Uint8Array }) =>
      openSigned(main.keys.ed25519Public, context, signed) !== undefined
  }
  const tickets = new TicketDesk(signedByMain(SIGNING_CONTEXT.ticket))
  const sockets: SocketControl = new SocketControl(
    { network, clock, log, role: 'terminal', software: 'cluster', leaf: false },
    {
      welcome: (conversation, hello) => core.welcome(conversation, hello),
      message: (conversation, message) => core.message(conversation, message),
      summon: (fingerprint) => core.summon(fingerprint),
      packet: (conversation, header, sealed) => core.packet(conversation, header, sealed),
      drained: (conversation) => core.drained(conversation),
      closed: (conversation, error) => core.closed(conversation, error),
    },
  )
  const control = new ControlConnection({
    network,
    clock,
    random,
    log,
    state,
    main,
    software: 'cluster',
    leaf: false,
    labels: {},
    listening: formatAddress(member.address),
    user: {
      connected: () => transfers.reportRoutes(),
      deliver: (content) => transfers.deliver(content),
      reroute: (reroute) => transfers.reroute(reroute),
      openFeed: ({ fingerprint }) => sockets.openFeed({ fingerprint, address: undefined }),
      condition: async () => ({ transfers: transfers.size }),
      revoked: () => undefined,
      cancel: ({ transfer, code, message }) => void transfers.find(transfer)?.cancel({ code, message }),
      disconnected: () => undefined,
      clock: () => undefined,
      confirmed: () => undefined,
      preflight: async () => null,
      describeContent: () => undefined,
      provide: () => undefined,
      tableSigned: () => undefined,
      dismiss: () => undefined,
      rejected: (error) => rejections.push(error),
    },
  })
  const isTableSigned = signedByMain(SIGNING_CONTEXT.packetTable)
  const transfers = new TransferTable({
    means: {
      ...{ clock, files, log, inbox, state, sockets, reports: control, meter: silentMeter },
      publishing: new Turns(),
      // No transfer of a cluster has a time.
      times: { schedule: () => undefined, forget: () => undefined },
      mainClock: { now: () => undefined },
      hooks: { wants: () => false, run: () => undefined },
      signReceipt: (payload) => signBytes(member.keys, SIGNING_CONTEXT.receipt, payload),
      verifyTable: (payload, signature) => isTableSigned({ payload, signature }),
    },
    tickets,
    node: member.nodeId,
    main,
    isManifestSigned: signedByMain(SIGNING_CONTEXT.manifest),
    sharedKey: secretBetween(member, main),
    provided: async () => undefined,
  })
  const core = new Core({
    tickets,
    transfers,
    provisions: { find: () => undefined, isOpening: () => false, all: () => [].values() },
    probes: new ProbeDesk(clock),
    mainFingerprint: main.fingerprint,
    summon: (node) => control.summon(node),
  })
  await sockets.start(member.address)
  await transfers.resume()
  control.start()
  return {
    ...{ member, files, state, log, transfers, sockets, rejections },
    published: (destination) => readWhole(files, `${INBOX}/${destination}`),
    async stop() {
      control.stop()
      await transfers.stop()
      await sockets.stop()
    },
  }
}

async function readWhole(files: MemoryFiles, path: string): Promise<Uint8Array | undefined> {
  const stat = await files.stat(path)
  if (stat?.kind !== 'file') return undefined
  const file = await files.open(path, 'read')
  try {
    return await file.read(0, stat.bytes)
  } finally {
    await file.close()
  }
}
