/** A main server and its terminals as real processes of the built executable: on this machine, or one to a host of a laboratory. */

import { join } from 'node:path'
import type { Lab } from '../lab/lab.ts'
import { type EndWith, temporaryFolder } from './temporary-folder.ts'
import { runTreecast, type StartOptions, startTreecast, type TreecastProcess } from './treecast-process.ts'

export interface NetworkOptions {
  readonly terminals: number
  /** Options of `serve` and of every `relay` beside those that make them find each other. */
  readonly serveArgs?: readonly string[]
  readonly relayArgs?: readonly string[]
  /** The main server runs in host 0, terminal k in host k. Default: all on the loopback interface. */
  readonly lab?: Lab
  /** Where all homes lie. Default: a new temporary folder. */
  readonly folder?: string
  readonly endWith: EndWith
}

export interface NetworkTerminal {
  readonly name: string
  readonly home: string
  readonly inbox: string
  /** The newest, after a restart. */
  process: TreecastProcess
}

export interface TreecastNetwork {
  readonly main: TreecastProcess
  readonly terminals: readonly NetworkTerminal[]
  /** How to start another treecast as this network's operator. */
  operator(args: readonly string[]): StartOptions
  /** Starts a terminal again that has ended. */
  restart(terminal: NetworkTerminal): Promise<void>
  /** Stops all processes, the terminals first. */
  stop(): Promise<void>
}

/** Starts the network; resolves once every terminal has joined. Terminal k is called `t` and k with as many digits as the last has. */
export async function startNetwork(options: NetworkOptions): Promise<TreecastNetwork> {
  const { terminals: count, lab, endWith } = options
  const folder = options.folder ?? temporaryFolder({ endWith })
  const inHost = (host: number) => (lab === undefined ? {} : { command: lab.command(host) })
  const listen = (host: number) => `${lab === undefined ? '127.0.0.1' : lab.address(host)}:0`
  const home = join(folder, 'main')

  const serve = ['serve', '--listen', listen(0), ...(options.serveArgs ?? [])]
  const main = await startTreecast({ args: serve, home, folder, endWith, ...inHost(0) })
  await main.waitForLine('stdout', /listening on/)
  const token = await runTreecast({ args: ['serve', 'token', '--uses', String(count)], home, folder, endWith })

  const digits = String(count).length
  const start = async (k: number): Promise<NetworkTerminal> => {
    const name = `t${String(k).padStart(digits, '0')}`
    const own = join(folder, name)
    const args = ['relay', '--name', name, '--listen', listen(k), '--join', token.stdout.trim()]
    const started = await startTreecast({
      args: [...args, ...(options.relayArgs ?? [])],
      home: own,
      folder,
      endWith,
      ...inHost(k),
    })
    await started.waitForLine('stdout', /joined/)
    return { name, home: own, inbox: join(own, 'relay', 'inbox'), process: started }
  }
  const terminals = await Promise.all(Array.from({ length: count }, (_, k) => start(k + 1)))
  return {
    main,
    terminals,
    operator: (args) => ({ args, home, folder, endWith, ...inHost(0) }),
    async restart(terminal) {
      const k = terminals.indexOf(terminal) + 1
      const args = ['relay', '--listen', listen(k), ...(options.relayArgs ?? [])]
      terminal.process = await startTreecast({ args, home: terminal.home, folder, endWith, ...inHost(k) })
      await terminal.process.waitForLine('stdout', /joined/)
    },
    async stop() {
      await Promise.all(terminals.map((terminal) => terminal.process.stop()))
      await main.stop()
    },
  }
}
