/** Makes the faults of a scenario happen to a world, and takes all of them back. */

import type { Fault } from './faults.ts'
import { loseCopies } from './lost-copies.ts'
import { readState } from './read-disk.ts'
import { MAIN } from './scenario.ts'
import type { World } from './world.ts'

const DISK_BYTES = 1e9

export class FaultDesk {
  readonly #world: World
  /** How to take back what is still in force. */
  readonly #takeBack = new Set<() => void>()
  #healed = false
  applied = 0

  constructor(world: World) {
    this.#world = world
  }

  /** Sets a timer for every fault, from now on. */
  schedule(faults: readonly Fault[]): void {
    for (const fault of faults) {
      this.#world.clock.after(fault.atMs, () => {
        if (!this.#healed) this.#apply(fault)
      })
    }
  }

  /** Everything works again, from now on. */
  heal(): void {
    this.#healed = true
    this.#world.healed()
    for (const undo of [...this.#takeBack]) undo()
    for (const machine of this.#world.machines) {
      machine.orders.length = 0
      machine.start()
    }
  }

  /** The power of a terminal fails; what is on its disk afterwards must be what its state says. */
  cutPower(name: string): void {
    const { machine, state } = this.#world.terminals.get(name) ?? {}
    if (machine?.cutPower() !== true || state === undefined) return
    if (this.#world.terminals.get(name)?.plan.lie === 'forgets') return
    void this.#world.referee.content.check(name, machine.files, readState(state))
  }

  #apply(fault: Fault): void {
    this.applied++
    this.#world.trace.add(`fault ${JSON.stringify(fault)}`)
    switch (fault.kind) {
      case 'kill':
      case 'mainKill':
        this.#world.machine(fault.at).kill()
        this.#startLater(fault)
        return
      case 'powerCut':
      case 'mainPowerCut':
        this.#cut(fault.at)
        this.#startLater(fault)
        return
      case 'stop':
        void this.#world.machine(fault.at).stop()
        this.#startLater(fault)
        return
      case 'pause':
      case 'mainPause':
        this.#world.network.pause(fault.at)
        this.#later(fault.forMs, () => this.#world.network.resume(fault.at))
        return
      case 'cutAt':
      case 'mainCutAt':
        this.#cutAt(fault)
        return
      case 'partition':
        this.#partition(fault)
        return
      case 'isolate':
        this.#isolate(fault)
        return
      case 'reset':
        for (const { inner } of this.#world.links.get(fault.at) ?? []) this.#world.network.reset(inner)
        return
      case 'halfOpen': {
        const links = (this.#world.links.get(fault.at) ?? []).filter(({ open }) => open)
        const link = links[fault.link % links.length]
        if (link !== undefined) this.#world.network.halfOpen(link.inner)
        return
      }
      case 'slow':
        this.#slow(fault)
        return
      case 'diskFull':
        this.#fillDisk(fault)
        return
      case 'diskError':
        this.#world.machine(fault.at).orders.push({ operation: fault.operation, skip: fault.skip, code: 'EIO' })
        return
      case 'wallJump':
        this.#world.machine(fault.at).jumpWall(fault.byMs)
        return
      case 'steer':
        this.#world.steer(`steerer${this.applied}`, fault).catch(() => undefined)
        return
      case 'copyLost':
        // A full disk keeps what it has, and a folder that has one file more has none more the next time.
        loseCopies(this.#world, fault).catch(() => undefined)
        return
      case 'pusherKill':
        this.#killPusher(fault.at)
        return
      case 'cancel': {
        const transfer = this.#world.pushers.get(fault.at)?.transfer
        const host = `canceller${this.applied}`
        if (transfer !== undefined) this.#world.cancel(host, transfer).catch(() => undefined)
        return
      }
    }
  }

  #cut(name: string): void {
    if (name === MAIN) this.#world.main.cutPower()
    else this.cutPower(name)
  }

  #startLater({ at, forMs }: { at: string; forMs: number }): void {
    this.#later(forMs, () => this.#world.machine(at).start())
  }

  #cutAt(fault: Extract<Fault, { kind: 'cutAt' | 'mainCutAt' }>): void {
    const cut = () => {
      this.#world.trace.add(`cut ${fault.at} ${fault.what} ${fault.moment} ${fault.operation}`)
      if (fault.what === 'kill') this.#world.machine(fault.at).kill()
      else this.#cut(fault.at)
      this.#startLater(fault)
    }
    const { operation, skip, moment } = fault
    this.#world.machine(fault.at).orders.push({ operation, skip, [moment]: cut })
  }

  #partition({ at, peer, oneWay, forMs }: Extract<Fault, { kind: 'partition' }>): void {
    if (at === peer) return
    this.#world.network.partition(at, peer, { oneWay })
    this.#later(forMs, () => this.#world.network.heal(at, peer))
  }

  #isolate({ at, forMs }: { at: string; forMs: number }): void {
    const others = this.#world.machines.map(({ name }) => name).filter((name) => name !== at)
    for (const other of others) this.#world.network.partition(at, other)
    this.#later(forMs, () => {
      for (const other of others) this.#world.network.heal(at, other)
    })
  }

  #slow({ at, forMs, bytesPerSecond }: Extract<Fault, { kind: 'slow' }>): void {
    const before = this.#world.terminals.get(at)?.plan.bytesPerSecond ?? this.#world.scenario.mainBytesPerSecond
    this.#world.network.slow(at, bytesPerSecond)
    this.#later(forMs, () => this.#world.network.slow(at, before))
  }

  #fillDisk({ at, forMs, freeBytes }: Extract<Fault, { kind: 'diskFull' }>): void {
    const machine = this.#world.machine(at)
    const setFree = async (bytes: number) => {
      machine.files.setCapacity(DISK_BYTES)
      const usedBytes = DISK_BYTES - (await machine.files.freeBytes('/'))
      machine.files.setCapacity(usedBytes + bytes)
    }
    void setFree(freeBytes)
    this.#later(forMs, () => machine.files.setCapacity(DISK_BYTES))
  }

  #killPusher(name: string): void {
    const pusher = this.#world.pushers.get(name)
    if (pusher?.state !== 'running') return
    this.#world.network.kill(name)
    pusher.state = 'killed'
  }

  #later(delayMs: number, undo: () => void): void {
    const once = () => {
      if (this.#takeBack.delete(once)) undo()
    }
    this.#takeBack.add(once)
    this.#world.clock.after(delayMs, once)
  }
}
