/** What a scenario of the benchmark is given, and what it hands back. */

import type { EndWith } from '../support/temporary-folder.ts'
import type { PeerName } from './peers/start-peers.ts'

/** The kinds of trees that are measured. */
export const TREES = ['classic', 'striped'] as const

export interface Bench {
  /** How often to measure. */
  readonly runs: number
  /** Those of the other programs that may be measured; each that is installed is, where a scenario compares with it. */
  readonly peers: readonly PeerName[]
  /** Whether network namespaces can be made here, and if not, why. */
  readonly lab: { readonly available: boolean; readonly why: string }
  /** Calls what it is given when the scenario is over, the last first, however it ends. */
  readonly endWith: EndWith
  /** Tells whoever waits what is happening. */
  readonly say: (line: string) => void
}

/** What a measure is held against: the median of a peer in the same run, or a limit that physics sets. */
export interface Reference {
  readonly name: string
  /** In the measure's unit. */
  readonly value: number
}

export interface Measure {
  readonly name: string
  readonly unit: string
  /** One a run, in the order of the runs; never empty. */
  readonly values: readonly number[]
  readonly references?: readonly Reference[]
}

/** When each host had its copy. */
export interface Completion {
  /** Whose copy: `treecast, striped`, `rsync`. */
  readonly name: string
  /** From the start of the command; in no particular order. */
  readonly seconds: readonly number[]
}

/** Something that has to hold, whatever the figures are. */
export interface Check {
  readonly name: string
  readonly holds: boolean
  /** What was found. */
  readonly detail: string
}

export interface Findings {
  readonly measures: readonly Measure[]
  /** Drawn as one plot. */
  readonly completions?: readonly Completion[]
  readonly checks: readonly Check[]
  /** Conditions of the measurement, and parts that were left out and why. */
  readonly notes: readonly string[]
}

/** The scenario cannot run here; the text says why. */
export interface Skipped {
  readonly skipped: string
}

export interface Scenario {
  readonly name: string
  /** One line: what is measured. */
  readonly summary: string
  /** How many runs where the command line does not say. */
  readonly defaultRuns: number
  run(bench: Bench): Promise<Findings | Skipped>
}
