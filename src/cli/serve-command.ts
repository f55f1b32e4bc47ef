/** `treecast serve`: runs the main server. */

import { startMainServer } from '../server/main-server.ts'
import { formatAddress, parseAddress } from '../system/address.ts'
import { aloneIn, daemonLog, runDaemon } from './daemon.ts'
import type { ExitCode } from './exit-codes.ts'
import type { Invocation } from './invocation.ts'
import { parseWhole } from './number-options.ts'
import { LARGEST_FAN_OUT, type SERVE_OPTIONS } from './option-tables.ts'

export async function runServe({ shell, settings, folders }: Invocation<typeof SERVE_OPTIONS>): Promise<ExitCode> {
  const { clock, random, files, network, version } = shell
  const listen = parseAddress(settings.listen)
  const fanOut = parseWhole('--fanout', settings.fanout, { least: 1, most: LARGEST_FAN_OUT })
  const log = daemonLog(shell, settings)
  return aloneIn(folders.serve, { command: 'serve', files }, () =>
    runDaemon(
      shell,
      () =>
        startMainServer({
          folder: folders.serve,
          operatorFolder: folders.operator,
          listen,
          fanOut,
          clock,
          random,
          files,
          network,
          log,
          version,
        }),
      ({ address }) => `treecast serve: listening on ${formatAddress(address)}`,
    ),
  )
}
