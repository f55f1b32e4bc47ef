/** One terminal of a cluster: the modules of src/terminal/terminal.ts put together over modelled network, files and time. */

import { openInbox } from '../../../src/content/inbox.ts'
import type { Network } from '../../../src/link/link.ts'
import { IN_MEMORY } from '../../../src/registry/open-database-file.ts'
import { formatAddress } from '../../../src/system/address.ts'
import type { Clock } from '../../../src/system/clock.ts'
import type { MemoryFiles } from '../../../src/system/memory-files.ts'
import { createMemoryLog, type MemoryLog } from '../../../src/system/memory-log.ts'
import { silentMeter } from '../../../src/system/meter.ts'
import type { Random } from '../../../src/system/random.ts'
import { systemCommands } from '../../../src/system/real-commands.ts'
import { laterUser, SocketControl } from '../../../src/terminal/socket-control.ts'
import { StateFile } from '../../../src/terminal/state-file.ts'
import { openModules, startModules, stopModules } from '../../../src/terminal/terminal-modules.ts'
import type { TransferTable } from '../../../src/terminal/transfer-table.ts'
import type { Member } from './member.ts'

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
  const facts = { software: 'cluster', leaf: false } as const
  const sockets: SocketControl = new SocketControl(
    { network, clock, log, role: 'terminal', ...facts },
    laterUser(() => modules.core),
  )
  const { ed25519Public, x25519 } = main.keys
  const modules = await openModules(
    {
      ...{ clock, random, files, log, network, main, inbox, state, sockets, ...facts },
      meter: silentMeter,
      identity: member,
      membership: { ed25519Public, x25519Public: x25519.publicKey },
      labels: {},
      listening: formatAddress(member.address),
      exports: { inbox: INBOX, exported: [] },
      hooks: {},
      commands: systemCommands,
    },
    { connected: () => undefined, rejected: (error) => rejections.push(error) },
  )
  await sockets.start(member.address)
  await startModules(modules, state)
  return {
    ...{ member, files, state, log, sockets, rejections, transfers: modules.transfers },
    published: (destination) => readWhole(files, `${INBOX}/${destination}`),
    async stop() {
      await stopModules(modules)
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
