/** A main server and its terminals as processes that are killed at any moment and started again later. */

import { join } from 'node:path'
import type { EndWith } from '../temporary-folder.ts'
import { startNetwork } from '../treecast-network.ts'
import { runTreecast, startTreecast, type TreecastProcess } from '../treecast-process.ts'

interface Member {
  readonly name: string
  readonly home: string
  readonly args: readonly string[]
  process: TreecastProcess | undefined
  /** Resolves when it runs again. */
  starting: Promise<void>
}

/** One in so many terminals listens at another port after every start. */
const MOVING = 3

export class Flock {
  readonly #members: readonly Member[]
  readonly #endWith: EndWith
  /** The main server's home, and its operator's. */
  readonly home: string
  kills = 0

  private constructor(home: string, members: readonly Member[], endWith: EndWith) {
    this.home = home
    this.#members = members
    this.#endWith = endWith
  }

  /** Starts them all; resolves once every terminal has joined. */
  static async start({ terminals, endWith }: { terminals: number; endWith: EndWith }): Promise<Flock> {
    const names = Array.from({ length: terminals }, (_, k) => `t${String(k + 1).padStart(2, '0')}`)
    const network = await startNetwork({ terminals: names, endWith })
    const relays = names.map((name, k) => {
      const process = network.relay(name)
      const listening = / listening on (\S+)/.exec(process.stdout.text)?.[1] ?? ''
      const listen = k % MOVING === 0 ? '127.0.0.1:0' : listening
      return { name, home: network.homeOf(name), args: ['relay', '--listen', listen], process, starting: started }
    })
    const args = ['serve', '--listen', network.address]
    const main = { name: 'main', home: network.home, args, process: network.serve, starting: started }
    return new Flock(network.home, [main, ...relays], endWith)
  }

  get terminals(): readonly string[] {
    return this.#members.slice(1).map(({ name }) => name)
  }

  inbox(name: string): string {
    return join(this.#find(name).home, 'relay', 'inbox')
  }

  staging(name: string): string {
    return join(this.#find(name).home, 'relay', 'staging')
  }

  /** Kills the member at `place` of all, from 0 to 1, and starts it again after a while; one that is down stays so. */
  async kill(place: number, downMs: number): Promise<void> {
    const member = this.#members[Math.floor(place * this.#members.length)]
    const running = member?.process
    if (member === undefined || running === undefined) return
    member.process = undefined
    running.signal('SIGKILL')
    await running.exit
    this.kills++
    member.starting = pause(downMs).then(() => this.#start(member))
  }

  /** Resolves once every member runs; whether the terminals have joined is for the caller to see. */
  async allUp(): Promise<void> {
    for (const member of this.#members) await member.starting
    const ended = this.#members.filter(({ process }) => process === undefined)
    if (ended.length > 0) throw new Error(`${ended.map(({ name }) => name)} did not start again`)
  }

  /** What every member that ended by itself said. */
  async ended(): Promise<string[]> {
    const running = this.#members.filter(({ process }) => process !== undefined)
    const ends = await Promise.all(
      running.map(async ({ name, process }) => {
        const exit = await Promise.race([process?.exit, pause(0)])
        return exit === undefined ? [] : [`${name} ended with ${exit.code}: ${process?.stderr.text.slice(-500)}`]
      }),
    )
    return ends.flat()
  }

  /** Runs a command as the operator, to its end. */
  operate(args: readonly string[], deadlineMs?: number) {
    const deadline = deadlineMs === undefined ? {} : { deadlineMs }
    return runTreecast({ args, home: this.home, endWith: forgotten, ...deadline })
  }

  async #start(member: Member): Promise<void> {
    member.process = await startTreecast({ args: member.args, home: member.home, endWith: this.#endWith })
  }

  #find(name: string): Member {
    const member = this.#members.find((one) => one.name === name)
    if (member === undefined) throw new Error(`there is no ${name}`)
    return member
  }
}

const started = Promise.resolve()

/** A command that ran to its end has nothing to end. */
const forgotten: EndWith = () => undefined

export function pause(milliseconds: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(() => resolve(undefined), milliseconds))
}
