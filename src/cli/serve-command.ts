/** `treecast serve`: runs the main server. */

import { startMainServer } from '../server/main-server.ts'
import { formatAddress } from '../system/address.ts'
import { SendLimit } from '../terminal/send-limit.ts'
import { parseListen } from './address-options.ts'
import { aloneIn, daemonLog, runDaemon } from './daemon.ts'
import type { ExitCode } from './exit-codes.ts'
import type { Invocation } from './invocation.ts'
import { openMetrics } from './metrics-option.ts'
import { ofOption, parseLimitRate, parseWhole } from './number-options.ts'
import { LARGEST_FAN_OUT, SERVE_OPTIONS } from './option-tables.ts'
import { printUnit } from './print-unit.ts'
import { parseDuration, parseSize } from './quantities.ts'
import { reloadOnHangup } from './reload.ts'

export async function runServe(invocation: Invocation<typeof SERVE_OPTIONS>): Promise<ExitCode> {
  const { shell, settings, folders } = invocation
  if (settings['print-unit']) return printUnit('serve', invocation, SERVE_OPTIONS)
  const { clock, random, files, network, version } = shell
  const listen = parseListen('--listen', settings.listen)
  const policy = {
    fanOut: parseFanOut(settings.fanout),
    libraryQuotaBytes: parseQuota(settings['library-quota']),
    libraryAgeMs: parseAge(settings['library-age']),
  }
  const sendLimit = new SendLimit(clock, parseLimitRate(settings['limit-rate']))
  const log = daemonLog(shell, settings)
  reloadOnHangup(invocation, log, {
    fanout: (text) => {
      policy.fanOut = parseFanOut(text)
    },
    'limit-rate': (text) => sendLimit.allow(parseLimitRate(text)),
    'library-quota': (text) => {
      policy.libraryQuotaBytes = parseQuota(text)
    },
    'library-age': (text) => {
      policy.libraryAgeMs = parseAge(text ?? SERVE_OPTIONS['library-age'].default)
    },
  })
  const metrics = await openMetrics(settings.metrics, { role: 'serve', version, log })
  const { meter, traffic } = metrics
  const start = () =>
    startMainServer({
      folder: folders.serve,
      operatorFolder: folders.operator,
      listen,
      policy,
      sendLimit,
      clock,
      random,
      files,
      network: (identity) => network(identity, traffic),
      log,
      meter,
      version,
    })
  return aloneIn(folders.serve, { command: 'serve', files }, () =>
    runDaemon(
      shell,
      () => metrics.around(start),
      ({ address }) => `treecast serve: listening on ${formatAddress(address)}`,
    ),
  )
}

function parseFanOut(text: string | undefined): number | undefined {
  return text === undefined ? undefined : parseWhole('--fanout', text, { least: 1, most: LARGEST_FAN_OUT })
}

function parseQuota(text: string | undefined): number | undefined {
  return text === undefined ? undefined : ofOption('--library-quota', () => parseSize(text))
}

function parseAge(text: string): number {
  return ofOption('--library-age', () => parseDuration(text))
}
