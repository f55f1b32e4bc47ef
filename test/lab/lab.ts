/**
 * Networks of shaped links for tests and benchmarks, made by the script `netlab` beside this file.
 *
 * A lab has a name of its own, so several run side by side. The process that makes it stays outside: only what is started by
 * `exec`, or with `command` before it, sees the lab's network.
 */

import { type ChildProcess, execFile, type SpawnOptions, spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { promisify } from 'node:util'

const NETLAB = join(import.meta.dirname, 'netlab')

export interface LabOptions {
  /** Hosts 0 to hosts-1. */
  readonly hosts: number
  /** Each link's rate, each way, as tc writes it: `20mbit`; `none` leaves the links unshaped. */
  readonly rate: string
}

export interface Lab {
  readonly name: string
  /** TCP's congestion control in all hosts. */
  readonly congestion: string
  /** The host's IPv4 address. */
  address(host: number): string
  /** What to put before an argv so that it runs in the host; the process keeps its id and its signals. */
  command(host: number): readonly string[]
  /** Starts `argv` in the host. */
  exec(host: number, argv: readonly string[], options?: SpawnOptions): ChildProcess
  /** Gives the host's link another rate, each way, as tc writes it. */
  setRate(host: number, rate: string): Promise<void>
  /** How many bytes have arrived at the host since the lab was made, with all headers. */
  receivedBytes(host: number): Promise<number>
  /** The ids of all processes in the lab. */
  pids(): Promise<number[]>
  /** Kills what still runs in the lab and removes it. Harmless when it is gone. */
  down(): Promise<void>
}

/** Whether labs can be made here, and if not, why; found out by making a small one. Takes about a tenth of a second. */
export function labAvailable(): { readonly available: boolean; readonly why: string } {
  if (process.platform !== 'linux') return { available: false, why: 'network namespaces exist on Linux only' }
  if (process.getuid?.() !== 0) return { available: false, why: 'network namespaces need root' }
  const env = environment(freshName())
  const up = spawnSync(NETLAB, ['up', '1', '10mbit'], { env, encoding: 'utf8' })
  spawnSync(NETLAB, ['down'], { env })
  if (up.error) return { available: false, why: `${NETLAB} does not start: ${up.error.message}` }
  return up.status === 0
    ? { available: true, why: 'network namespaces work' }
    : { available: false, why: `network namespaces do not work: ${up.stderr.trim().split('\n')[0]}` }
}

/** Makes a lab; whoever makes it takes it down. Rejects with netlab's own words when it cannot be made. */
export async function createLab({ hosts, rate }: LabOptions): Promise<Lab> {
  const name = freshName()
  const netlab = (...argv: string[]) => promisify(execFile)(NETLAB, argv, { env: environment(name) })
  const command = (host: number) => {
    if (!Number.isInteger(host) || host < 0 || host >= hosts) throw new Error(`lab ${name} has no host ${host}`)
    return ['ip', 'netns', 'exec', `${name}-h${host}`]
  }
  await netlab('up', String(hosts), rate)
  const congestion = await netlab('exec', '0', 'cat', '/proc/sys/net/ipv4/tcp_congestion_control')
  return {
    ...{ name, congestion: congestion.stdout.trim() },
    address: (host) => `10.77.${Math.floor(host / 250)}.${(host % 250) + 1}`,
    command,
    exec: (host, argv, options = {}) => {
      const [program = '', ...rest] = [...command(host), ...argv]
      return spawn(program, rest, options)
    },
    setRate: async (host, rate) => {
      await netlab('rate', String(host), rate)
    },
    receivedBytes: async (host) => Number((await netlab('received', String(host))).stdout),
    pids: async () => (await netlab('pids')).stdout.split('\n').filter(Boolean).map(Number),
    down: async () => {
      await netlab('down')
    },
  }
}

function freshName(): string {
  return `lab-${randomBytes(4).toString('hex')}`
}

function environment(name: string): NodeJS.ProcessEnv {
  return { ...process.env, LAB: name }
}
