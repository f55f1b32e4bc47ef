/** Databases in memory that outlive the processes that open them: what was committed is there after every crash. */

import { type NetworkDatabase, openNetworkDatabase } from '../../src/registry/network-database.ts'
import { IN_MEMORY } from '../../src/registry/open-database-file.ts'
import { type Clock, sleep } from '../../src/system/clock.ts'
import { openStateDatabase, type StateDatabase } from '../../src/terminal/state-database.ts'

/** What a commit waits for its disk. */
const COMMIT_MS = 2

/** A terminal's state database. */
export class KeptState {
  #database: StateDatabase | undefined

  /** Undefined before a process opened it. */
  get database(): StateDatabase | undefined {
    return this.#database
  }

  /** For the process whose clock this is: it hears of no commit once it is gone. */
  opener(clock: Clock): typeof openStateDatabase {
    return async ({ migrations }) => {
      this.#database ??= await openStateDatabase({ path: IN_MEMORY, migrations })
      const { prepare, transaction } = this.#database
      return {
        prepare,
        async transaction(work) {
          const result = await transaction(work)
          await sleep(clock, COMMIT_MS)
          return result
        },
        async close() {},
      } satisfies StateDatabase
    }
  }

  async end(): Promise<void> {
    await this.#database?.close()
  }
}

/** The main server's network database. */
export class KeptNetworkDatabase {
  /** Grows with whatever may have changed a transfer or a delivery. */
  version = 0
  readonly #clock: Clock
  #database: NetworkDatabase | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  async open(): Promise<NetworkDatabase> {
    this.#database ??= await openNetworkDatabase({ path: IN_MEMORY, clock: this.#clock })
    return this.#database
  }

  opener(clock: Clock): typeof openNetworkDatabase {
    return async () => {
      const database = await this.open()
      return {
        ...database,
        transfers: this.#counted(database.transfers),
        deliveries: this.#counted(database.deliveries),
        transaction: async (work) => {
          const result = await database.transaction(work)
          this.version++
          await sleep(clock, COMMIT_MS)
          return result
        },
        async close() {},
      }
    }
  }

  async end(): Promise<void> {
    await this.#database?.close()
  }

  /** The same operations, each of which is counted once it is done. */
  #counted<Table extends object>(table: Table): Table {
    const count = <Operation>(operation: Operation): Operation => {
      if (typeof operation !== 'function') return operation
      const counting = async (...args: unknown[]) => {
        const result: unknown = await operation(...args)
        this.version++
        return result
      }
      return counting as Operation
    }
    return Object.fromEntries(Object.entries(table).map(([name, operation]) => [name, count(operation)])) as Table
  }
}
