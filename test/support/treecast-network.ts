/**
 * A main server and terminals on this machine, as real processes of the built executable: each in a home of its own, all on ports that
 * the system chose.
 */

import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { onTestFinished } from 'vitest'
import { type EndWith, temporaryFolder } from './temporary-folder.ts'
import { runTreecast, startTreecast, type TreecastProcess } from './treecast-process.ts'

const ANY_PORT = '127.0.0.1:0'

export interface NetworkOptions {
  /** Names of the terminals to start with. */
  readonly terminals?: readonly string[]
  /** More arguments of `serve`. */
  readonly serveArgs?: readonly string[]
  readonly endWith?: EndWith
}

interface RelayOptions {
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

interface CommandOptions {
  readonly command?: readonly string[]
  readonly folder?: string
  readonly env?: Readonly<Record<string, string>>
  readonly input?: string | Uint8Array | Readable
  readonly deadlineMs?: number
  readonly endWith?: EndWith
}

/** Starts the main server and the terminals; resolves once all of them are ready. */
export async function startNetwork({
  terminals = [],
  serveArgs = [],
  endWith = onTestFinished,
}: NetworkOptions = {}): Promise<TreecastNetwork> {
  const network = new TreecastNetwork(serveArgs, endWith)
  await network.startServe()
  if (terminals.length === 0) return network
  const token = await network.token('--uses', String(terminals.length))
  await Promise.all(terminals.map((name) => network.enrol(name, token)))
  return network
}

export class TreecastNetwork {
  /** The main server's home, and its operator's. */
  readonly home: string
  readonly #serveArgs: readonly string[]
  readonly #endWith: EndWith
  readonly #homes = new Map<string, string>()
  readonly #relays = new Map<string, TreecastProcess>()
  #serve: TreecastProcess | undefined
  #address = ANY_PORT

  constructor(serveArgs: readonly string[], endWith: EndWith) {
    this.#serveArgs = serveArgs
    this.#endWith = endWith
    this.home = temporaryFolder({ endWith })
  }

  /** Where the main server listens, as HOST:PORT. */
  get address(): string {
    return this.#address
  }

  get serve(): TreecastProcess {
    if (this.#serve === undefined) throw new Error('the main server was not started')
    return this.#serve
  }

  relay(name: string): TreecastProcess {
    const relay = this.#relays.get(name)
    if (relay === undefined) throw new Error(`${name} was not started`)
    return relay
  }

  /** Starts the main server; the second time where it listened the first time. */
  async startServe({ args = [] }: { args?: readonly string[] } = {}): Promise<TreecastProcess> {
    const all = ['serve', '--listen', this.#address, ...this.#serveArgs, ...args]
    this.#serve = await startTreecast({ args: all, home: this.home, endWith: this.#endWith })
    this.#address = (await this.#serve.waitForLine('stdout', /^treecast serve: listening on (.+)$/))[1] as string
    return this.#serve
  }

  /** A new join token. */
  async token(...args: readonly string[]): Promise<string> {
    const command = ['serve', 'token', ...args]
    const { stdout, stderr } = await runTreecast({ args: command, home: this.home, endWith: this.#endWith })
    if (!stdout.startsWith('tcj1_')) throw new Error(`no token was printed: ${stderr}`)
    return stdout.trim()
  }

  /** Starts a new terminal; resolves once the main server knows it. */
  async enrol(name: string, token?: string, { args = [], ...options }: RelayOptions = {}): Promise<TreecastProcess> {
    this.#homes.set(name, temporaryFolder({ endWith: this.#endWith }))
    const join = token ?? (await this.token())
    return this.startRelay(name, { ...options, args: ['--join', join, '--name', name, ...args] })
  }

  /** Starts a terminal that has enrolled before. */
  async startRelay(name: string, { args = [], env = {} }: RelayOptions = {}): Promise<TreecastProcess> {
    const command = ['relay', '--listen', ANY_PORT, ...args]
    const relay = await startTreecast({ args: command, home: this.homeOf(name), env, endWith: this.#endWith })
    this.#relays.set(name, relay)
    await relay.waitForLine('stdout', new RegExp(`^treecast relay: ${name} joined ${this.#address}, listening on `))
    return relay
  }

  homeOf(name: string): string {
    const home = this.#homes.get(name)
    if (home === undefined) throw new Error(`there is no terminal ${name}`)
    return home
  }

  /** How many terminals the main server says are here; 0 when it cannot be asked. */
  async online(): Promise<number> {
    const { code, stdout } = await this.run(['status', '--json'], { endWith: this.#endWith })
    return code === 0 ? JSON.parse(stdout).terminalsOnline : 0
  }

  /** What the main server has taken in and given out on all links; it was started with `--metrics`. */
  async bytesAtMain(): Promise<number> {
    const [, address] = await this.serve.waitForLine('stderr', /metrics.*?(127\.0\.0\.1:\d+)/)
    const text = await (await fetch(`http://${address}/metrics`)).text()
    return [...text.matchAll(/^treecast_(?:sent|received)_bytes_total (\d+)/gm)].reduce(
      (sum, [, n]) => sum + Number(n),
      0,
    )
  }

  /** The path of something in a terminal's inbox; of the inbox itself without one. */
  inbox(name: string, path = ''): string {
    return join(this.homeOf(name), 'relay', 'inbox', path)
  }

  /** Everything in a terminal's inbox, files and folders, as sorted relative paths. */
  delivered(name: string): string[] {
    return readdirSync(this.inbox(name), { recursive: true, encoding: 'utf8' }).sort()
  }

  /** What lies in a terminal's staging folder. */
  staged(name: string): string[] {
    const folder = join(this.homeOf(name), 'relay', 'staging')
    return existsSync(folder) ? readdirSync(folder) : []
  }

  /** Runs a command as the main server's operator, to its end. */
  run(args: readonly string[], options: CommandOptions = {}) {
    return runTreecast({ args, home: this.home, ...options })
  }

  /** Starts a command as the main server's operator. */
  start(args: readonly string[], options: CommandOptions = {}): Promise<TreecastProcess> {
    return startTreecast({ args, home: this.home, ...options })
  }

  /** Pushes with `--json`. @returns the last document, and how the command ended */
  async push(...args: readonly string[]): Promise<{ code: number | null; stderr: string; result: PushResult }> {
    const { code, stdout, stderr } = await this.run(['push', '--json', ...args])
    return { code, stderr, result: lastDocument(stdout) }
  }
}

/** The members of `push --json`'s last document that the tests look at. */
export interface PushResult {
  readonly type: string
  readonly transfer: number | null
  readonly state: string
  readonly bytes: number | null
  readonly uploadedBytes?: number
  readonly delivered: number
  readonly failed: number
  readonly pending: number
  readonly targets: readonly {
    readonly name: string
    readonly state: string
    readonly upstreams: readonly string[]
    readonly error: { readonly code: string; readonly message: string } | null
  }[]
  readonly error: { readonly code: string; readonly message: string } | null
}

/** The last of the JSON documents, one a line. */
export function lastDocument(stdout: string): PushResult {
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as PushResult
}
