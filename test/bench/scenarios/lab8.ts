/** 8 terminals at 50 Mbit/s: few terminals, a larger file. */

import type { Scenario } from '../scenario.ts'
import { measureShapedPush } from '../shaped-push.ts'

export const lab8: Scenario = {
  name: 'lab8',
  summary: '64 MiB to 8 terminals on links of 50 Mbit/s',
  defaultRuns: 3,
  run: (bench) =>
    measureShapedPush(bench, {
      ...{ terminals: 8, megabitsPerSecond: 50, fileBytes: 64 * 1024 * 1024 },
      peers: ['udpcast', 'uftp', 'libtorrent', 'rsync'],
    }),
}
