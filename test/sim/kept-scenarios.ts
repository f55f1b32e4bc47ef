/** Runs that once broke a law, each with what it showed. A run is drawn again from its seed and its wish. */

import type { ScenarioWish } from './scenario.ts'

export interface KeptScenario {
  readonly showed: string
  readonly seed: number
  readonly wish: ScenarioWish
}

export const KEPT_SCENARIOS: readonly KeptScenario[] = [
  {
    showed: 'a delivery that was received and then superseded left its push waiting for ever',
    seed: 9,
    wish: { faults: [], liars: false },
  },
  {
    showed: 'a terminal that came back while a transfer was planned never got it',
    seed: 2016,
    wish: { faults: ['kill'], liars: false },
  },
  {
    showed: 'a child that was called off stayed a child of its upstream for ever',
    seed: 3017,
    wish: { faults: ['cancel'], liars: false },
  },
  {
    showed: 'the word that content was superseded was lost with its link, and the push waited for ever',
    seed: 3012,
    wish: { faults: ['halfOpen'], liars: false },
  },
  {
    showed: 'a terminal whose transport request was lost was only ever sent REROUTE, which means nothing to it',
    seed: 3023,
    wish: { faults: ['halfOpen'], liars: false },
  },
  {
    showed: 'all that lost their upstream in one moment were taken on by the main server',
    seed: 3035,
    wish: { faults: ['slow'], liars: false },
  },
  {
    showed: 'a power cut took the whole library, because the name of its folder was never synced',
    seed: 3004,
    wish: { faults: ['mainPowerCut'], liars: false },
  },
  {
    showed: 'a power cut kept the move of received content into a new folder, and took the folder',
    seed: 41,
    wish: { liars: false },
  },
  {
    showed: 'a process killed between making a staged file and remembering it left the file for ever',
    seed: 61,
    wish: { liars: false },
  },
  {
    showed: 'a terminal that could not publish what it had received of a cancelled transfer was taken to have it',
    seed: 77,
    wish: { liars: false },
  },
]
