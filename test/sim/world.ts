/** The machines of a scenario, put together: the real main server, terminals and pushes over modelled time, network and disks. */

import { connectOperator, type OperatorClient } from '../../src/client/operator-client.ts'
import { probeTerminals } from '../../src/client/probe-terminals.ts'
import { encodeJoinToken, type JoinRole } from '../../src/identity/join-token.ts'
import type { NodeId } from '../../src/identity/node-id.ts'
import { createMemoryNetwork, type MemoryNetwork } from '../../src/link/memory-network.ts'
import type { NetworkDatabase } from '../../src/registry/network-database.ts'
import { sharedKey } from '../../src/seal/key-wrap.ts'
import { startMainServer } from '../../src/server/main-server.ts'
import { messageOf } from '../../src/system/errors.ts'
import { createMemoryFiles } from '../../src/system/memory-files.ts'
import { seededRandom } from '../../src/system/random.ts'
import { startTerminal } from '../../src/terminal/terminal.ts'
import { Contents, contentOf, FILE_FACTS } from './contents.ts'
import { seedOf } from './draws.ts'
import { ExactClock } from './exact-clock.ts'
import type { Fault } from './faults.ts'
import { type Identities, type KnownIdentity, plantIdentity } from './identities.ts'
import { KeptNetworkDatabase, KeptState } from './kept-databases.ts'
import { Liar } from './liars.ts'
import { LostCopies } from './lost-copies.ts'
import { Machine } from './machine.ts'
import { EXPORTED, exportedPath, OPERATOR_FOLDER, Pusher } from './pusher.ts'
import { INBOX, RELAY_FOLDER } from './read-disk.ts'
import { Referee } from './referee.ts'
import { MAIN, type PushPlan, type Scenario, type TerminalPlan } from './scenario.ts'
import { Trace } from './trace.ts'
import { Traffic } from './traffic.ts'
import type { LinkWatcher, WatchedLink } from './watched-network.ts'
import { watchNetwork } from './watched-network.ts'

const PORT = 7717
export const SERVE_FOLDER = '/home/serve'
/** A service manager starts what ended on its own again after this long. */
const RESTART_MS = 1_000
/** Terminals that enrol in one moment, and what lies between such moments. */
const STARTED_AT_ONCE = 50
const STARTS_APART_MS = 50
/** Many uses: a terminal that loses power while it enrols comes again with the same token. */
const TOKEN_USES = 1_000_000
/** So long after the last fault everybody has heard who was cut off. */
const HEARD_BY_ALL_MS = 30_000

export interface SimulatedTerminal {
  readonly plan: TerminalPlan
  readonly node: NodeId
  readonly machine: Machine
  readonly state: KeptState
}

interface Line {
  readonly bytesPerSecond: number
  readonly downlinkBytesPerSecond?: number | undefined
  readonly latencyMs: number
}

export class World {
  readonly clock = new ExactClock()
  readonly scenario: Scenario
  readonly network: MemoryNetwork
  readonly trace: Trace
  readonly mainTraffic = new Traffic(MAIN)
  readonly referee: Referee
  readonly contents = new Contents()
  readonly lostCopies = new LostCopies()
  readonly terminals = new Map<string, SimulatedTerminal>()
  readonly pushers = new Map<string, Pusher>()
  /** Terminals that an operator has cut off, or tried to. */
  readonly revoked = new Set<string>()
  /** Open and closed links of each machine, in the order in which they were opened. */
  readonly links = new Map<string, WatchedLink[]>()
  readonly #identities: Identities
  /** Those that the main server says it has cut off. */
  readonly #cutOff = new Set<string>()
  readonly #operatorFiles = createMemoryFiles()
  readonly #kept: KeptNetworkDatabase
  #main: Machine | undefined
  #token: string | undefined

  constructor(
    scenario: Scenario,
    options: { identities: Identities; tell?: ((line: string) => void) | undefined; disturbed: ReadonlySet<string> },
  ) {
    this.scenario = scenario
    this.#identities = options.identities
    this.trace = new Trace(this.clock, options.tell)
    this.#kept = new KeptNetworkDatabase(this.clock)
    this.network = createMemoryNetwork({
      clock: this.clock,
      random: seededRandom(seedOf(scenario.seed, 'network')),
      // What is under way on a line that becomes slow comes at that pace, however long the line is healed.
      windowBytes: 64 * 1024,
      parcelBytes: 8 * 1024,
      ...(scenario.stall === null ? {} : { stall: scenario.stall }),
    })
    this.referee = new Referee({
      trace: this.trace,
      clock: this.clock,
      mainNow: () => this.#main?.nowMs ?? this.clock.now(),
      contents: this.contents,
      lostCopies: this.lostCopies,
      pushedBy: (host) => this.pushers.get(host)?.content,
      isSound: (terminal) => {
        const plan = this.terminals.get(terminal)?.plan
        return (
          plan !== undefined &&
          !plan.leaf &&
          !plan.outboundOnly &&
          plan.lie === null &&
          !options.disturbed.has(terminal)
        )
      },
    })
  }

  get main(): Machine {
    return this.#main as Machine
  }

  /** Those that still belong to it. */
  get members(): Machine[] {
    return this.machines.filter(({ name }) => !this.revoked.has(name))
  }

  /** Whether a push to all has anybody to go to. */
  get hasTargets(): boolean {
    return this.members.length > 1
  }

  get machines(): Machine[] {
    return [this.main, ...[...this.terminals.values()].map(({ machine }) => machine)]
  }

  machine(name: string): Machine {
    return name === MAIN ? this.main : (this.terminals.get(name)?.machine as Machine)
  }

  database(): Promise<NetworkDatabase> {
    return this.#kept.open()
  }

  /** Equal as long as no transfer and no delivery has changed in the network database. */
  get databaseVersion(): number {
    return this.#kept.version
  }

  /** Starts the main server, enrols the operator and all terminals, and waits for them. */
  async start(): Promise<void> {
    const main = await this.#identities.of(MAIN)
    this.#main = await this.#mainMachine(main)
    this.main.start()
    await this.#until('the main server', () => this.main.state === 'up')
    this.#token = await this.#issueToken('terminal', main)
    await this.#enrolOperator(await this.#issueToken('operator', main))
    for (const plan of this.scenario.terminals) this.terminals.set(plan.name, await this.#terminal(plan, main))
    let started = 0
    for (const { machine } of this.terminals.values()) {
      this.clock.after(Math.floor(started++ / STARTED_AT_ONCE) * STARTS_APART_MS, () => machine.start())
    }
    await this.#until('every terminal', () => this.#allUp())
  }

  /** A pusher for the plan; it runs when it is told to. */
  async addPusher(plan: PushPlan): Promise<Pusher> {
    const operator = await this.#identities.of('operator')
    const pusher = new Pusher({
      content: contentOf(this.scenario.seed, plan, this.scenario.pushes),
      connect: () => this.#operatorMeans(plan.name, operator),
    })
    this.pushers.set(plan.name, pusher)
    return pusher
  }

  /** Calls a transfer off, as an operator does from another machine. */
  async cancel(host: string, transfer: number): Promise<void> {
    const client = await this.#operator(host)
    await client.cancel(transfer, { code: 'E_CANCELLED', message: 'the operator called it off' })
    client.close()
  }

  /** Has an operator steer a terminal. */
  async steer(host: string, { at, what }: Extract<Fault, { kind: 'steer' }>): Promise<void> {
    const change = { pin: { pinned: true }, exclude: { excluded: true }, include: { excluded: false }, revoke: {} }[
      what
    ]
    // It may take effect though its answer is lost.
    if (what === 'revoke') this.revoked.add(at)
    const client = await this.#operator(host).catch((error: unknown) => {
      if (!this.#cutOff.has(at)) this.revoked.delete(at)
      throw error
    })
    await client.steer({ to: at, labels: [], groups: [], ungroups: [], ...change, revoke: what === 'revoke' })
    if (what === 'revoke') this.#cutOff.add(at)
    client.close()
  }

  /** Has an operator measure all terminals. */
  async probe(host: string): Promise<void> {
    const client = await this.#operator(host)
    await probeTerminals(client, 'all')
    client.close()
  }

  /** Nothing is broken any more. */
  healed(): void {
    this.trace.add('healed')
    this.clock.after(HEARD_BY_ALL_MS, () => this.referee.cutOff(this.#cutOff))
  }

  async #operator(host: string): Promise<OperatorClient> {
    const means = this.#operatorMeans(host, await this.#identities.of('operator'))
    const options = { folder: OPERATOR_FOLDER, join: undefined, name: 'operator', server: undefined, version: 'sim' }
    return connectOperator({ ...options, ...means })
  }

  /** Ends everything at once. */
  async end(): Promise<void> {
    for (const machine of this.machines) machine.kill()
    for (const { state } of this.terminals.values()) await state.end()
    await this.#kept.end()
  }

  #allUp(): boolean {
    if (this.main.state !== 'up') return false
    for (const { machine } of this.terminals.values()) if (machine.state !== 'up') return false
    return true
  }

  async #until(what: string, done: () => boolean): Promise<void> {
    const inTime = await this.clock.runUntil(() => done() || this.referee.failure !== undefined, 120_000)
    if (!inTime) this.referee.fail(`${what} did not start`)
  }

  async #mainMachine(known: KnownIdentity): Promise<Machine> {
    const { mainBytesPerSecond: bytesPerSecond, mainDownlinkBytesPerSecond: downlinkBytesPerSecond } = this.scenario
    const machine: Machine = new Machine({
      ...this.#machineFacts(MAIN, known, { bytesPerSecond, downlinkBytesPerSecond, latencyMs: 5 }),
      watcher: this.#watcher(MAIN, undefined),
      renamed: async () => undefined,
      jumps: () => this.referee.times.mainJumps(),
      program: (means) =>
        startMainServer({
          ...{ folder: SERVE_FOLDER, operatorFolder: OPERATOR_FOLDER, policy: { fanOut: 3 }, version: 'sim', ...means },
          listen: { host: MAIN, port: PORT },
          openDatabase: this.#kept.opener(means.clock),
        }),
      ended: (error) => this.#ended(machine, error),
    })
    await install(machine, SERVE_FOLDER, known)
    await install(machine, OPERATOR_FOLDER, await this.#identities.of('main operator'))
    return machine
  }

  async #terminal(plan: TerminalPlan, main: KnownIdentity): Promise<SimulatedTerminal> {
    const { name, leaf, outboundOnly, lie } = plan
    const known = await this.#identities.of(name)
    const state = new KeptState()
    const shared = sharedKey(main.identity.keys.x25519.publicKey, known.identity.keys.secrets.x25519Secret)
    const control = () => this.#controlOf(name)
    const liar = lie === null ? undefined : new Liar({ kind: lie, identity: known.identity, shared, control })
    const machine: Machine = new Machine({
      ...this.#machineFacts(name, known, plan),
      watcher: this.#watcher(name, liar),
      forgets: lie === 'forgets',
      starts: () => this.referee.times.started(name),
      jumps: () => this.referee.times.jumped(name),
      renamed: async (from, to) => {
        if (lie !== 'forgets') await this.referee.renamed(name, machine.files, from, to)
      },
      program: (means) =>
        startTerminal({
          hooks: { activate: 'true', deactivate: 'true' },
          exported: [EXPORTED],
          ...{ folder: RELAY_FOLDER, inbox: INBOX, name, leaf, outboundOnly, version: 'sim', ...means },
          ...{ join: this.#token, server: undefined, advertise: undefined },
          listen: { host: name, port: PORT },
          openDatabase: state.opener(means.clock),
        }),
      ended: (error) => this.#ended(machine, error),
    })
    await install(machine, RELAY_FOLDER, known)
    await this.#plantExports(machine)
    return { plan, node: known.identity.nodeId, machine, state }
  }

  /** Puts what pushes name at this machine where they find it. */
  async #plantExports({ name, files }: Machine): Promise<void> {
    await files.makeFolder(EXPORTED, 0o755)
    for (const push of this.scenario.pushes) {
      if (push.from !== name) continue
      const file = await files.open(exportedPath(push), 'create')
      await file.write(0, contentOf(this.scenario.seed, push, this.scenario.pushes).bytes)
      await file.setMode(FILE_FACTS.mode)
      await file.setModified(FILE_FACTS.modifiedMs)
      await file.sync()
      await file.close()
    }
    for (const path of ['/', EXPORTED]) await files.syncFolder(path)
  }

  /** The terminal's first open link to the main server. */
  #controlOf(name: string): WatchedLink | undefined {
    return this.links.get(name)?.find((link) => link.dialled && link.peer === MAIN && link.open)
  }

  #machineFacts(name: string, { identity }: KnownIdentity, line: Line) {
    const { bytesPerSecond, downlinkBytesPerSecond = bytesPerSecond, latencyMs } = line
    return {
      name,
      seed: this.scenario.seed,
      clock: this.clock,
      network: this.network,
      fingerprint: identity.certificate.fingerprint,
      line: { uplinkBytesPerSecond: bytesPerSecond, downlinkBytesPerSecond, latencyMs },
      log: this.trace.log(name),
      left: () => {
        this.links.delete(name)
        this.referee.tree.ended(name)
        this.referee.times.left(name)
      },
    }
  }

  #watcher(name: string, liar: Liar | undefined): LinkWatcher {
    return {
      opened: (link) => {
        const open = (this.links.get(name) ?? []).filter((known) => known.open)
        this.links.set(name, [...open, link])
      },
      outgoing: (link, frame) => {
        if (liar !== undefined) return liar.outgoing(frame)
        this.mainTraffic.outgoing(name, link, frame.parts)
        this.referee.outgoing(name, link, frame)
        return [frame]
      },
      incoming: (link, frame) => {
        if (liar !== undefined) liar.incoming(frame)
        else if (this.terminals.has(name)) this.referee.incoming(name, link, frame)
      },
    }
  }

  #ended(machine: Machine, error: unknown): void {
    this.trace.add(`${machine.name} ended: ${messageOf(error)}`)
    if (!this.revoked.has(machine.name)) this.clock.after(RESTART_MS, () => machine.start())
  }

  async #issueToken(role: JoinRole, main: KnownIdentity): Promise<string> {
    const database = await this.database()
    const random = seededRandom(seedOf(this.scenario.seed, `token for ${role}s`))
    const secret = await database.tokens.issue({ role, uses: TOKEN_USES, expiresAt: null }, random)
    const { fingerprint } = main.identity.certificate
    return encodeJoinToken({ address: { host: MAIN, port: PORT }, fingerprint, secret, role })
  }

  async #enrolOperator(join: string): Promise<void> {
    const known = await this.#identities.of('operator')
    await plantIdentity(this.#operatorFiles, OPERATOR_FOLDER, known)
    const means = this.#operatorMeans('operator', known)
    const options = { folder: OPERATOR_FOLDER, join, name: 'operator', server: undefined, version: 'sim' }
    let enrolled = false
    connectOperator({ ...options, ...means }).then(
      (client) => {
        client.close()
        enrolled = true
      },
      (error: unknown) => this.referee.fail(`the operator cannot enrol: ${messageOf(error)}`),
    )
    await this.#until('the operator', () => enrolled)
  }

  #operatorMeans(host: string, { identity }: KnownIdentity) {
    const network = this.network.host(host, identity.certificate.fingerprint)
    const watched = watchNetwork(network, this.#watcher(host, undefined))
    const random = seededRandom(seedOf(this.scenario.seed, host))
    return { clock: this.network.clockOf(host), random, files: this.#operatorFiles, network: () => watched }
  }
}

/** A machine as it is before its first start: its folders and identity are there for good. */
async function install(machine: Machine, folder: string, known: KnownIdentity): Promise<void> {
  const { files } = machine
  await plantIdentity(files, folder, known)
  await files.makeFolder(INBOX, 0o755)
  for (const path of ['/', '/home', folder]) await files.syncFolder(path)
}
