/** What most scenarios start from: a work folder with a file to push in it, and a network whose terminals keep their copies there. */

import { join } from 'node:path'
import { type BenchNetwork, startBenchNetwork } from './bench-network.ts'
import type { Bench } from './scenario.ts'
import { makeWorkFolder } from './work-folder.ts'

export interface PushedFileOptions {
  readonly terminals: number
  /** As tc writes it; `none` leaves the links unshaped. */
  readonly rate: string
  readonly fileName: string
  /** What the file, all copies and the library take at most. */
  readonly roomBytes: number
}

export interface PushedFile {
  readonly network: BenchNetwork
  /** Where the file to push goes. */
  readonly path: string
  readonly folder: string
  /** What network and folder are made of. */
  readonly notes: readonly string[]
}

/** All is gone when the scenario is over. */
export async function startWithFile(bench: Bench, options: PushedFileOptions): Promise<PushedFile> {
  const { terminals, rate, fileName, roomBytes } = options
  const { path: folder, note } = makeWorkFolder(roomBytes, bench.endWith)
  const network = await startBenchNetwork(bench, { terminals, rate, folder })
  return { network, folder, path: join(folder, fileName), notes: [network.note, note] }
}
