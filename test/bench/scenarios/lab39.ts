/** 39 terminals at 20 Mbit/s: the patent's own example of a tree, FIG. 4. */

import type { Scenario } from '../scenario.ts'
import { measureShapedPush } from '../shaped-push.ts'

export const lab39: Scenario = {
  name: 'lab39',
  summary: '24 MiB to 39 terminals on links of 20 Mbit/s',
  defaultRuns: 3,
  run: (bench) =>
    measureShapedPush(bench, {
      ...{ terminals: 39, megabitsPerSecond: 20, fileBytes: 24 * 1024 * 1024 },
      peers: ['udpcast', 'uftp', 'libtorrent', 'rsync'],
    }),
}
