/** `treecast relay`: runs a terminal. */

import { realpath, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Identity } from '../identity/identity.ts'
import { loadMembership } from '../identity/membership-store.ts'
import { formatAddress } from '../system/address.ts'
import { codeOf, TreecastError } from '../system/errors.ts'
import { SendLimit } from '../terminal/send-limit.ts'
import { type RunningTerminal, startTerminal } from '../terminal/terminal.ts'
import { isAdHoc, runAdHocRelay } from './ad-hoc-relay.ts'
import { parseListen, parseReachable } from './address-options.ts'
import { aloneIn, daemonLog, runDaemon } from './daemon.ts'
import type { ExitCode } from './exit-codes.ts'
import type { Invocation } from './invocation.ts'
import { readJoinToken } from './join-option.ts'
import { readLabels } from './label-options.ts'
import { openMetrics } from './metrics-option.ts'
import { parseLimitRate } from './number-options.ts'
import { namingMainServer } from './operator-session.ts'
import { DEFAULT_LISTEN, RELAY_OPTIONS } from './option-tables.ts'
import { printUnit } from './print-unit.ts'
import { reloadOnHangup } from './reload.ts'
import { usageError } from './usage-error.ts'

export async function runRelay(invocation: Invocation<typeof RELAY_OPTIONS>): Promise<ExitCode> {
  if (isAdHoc(invocation)) return runAdHocRelay(invocation, runRelay)
  const { shell, settings, folders } = invocation
  if (settings['print-unit']) return printUnit('relay', invocation, RELAY_OPTIONS)
  const { clock, random, files, commands, network, version } = shell
  const server = parseReachable('--server', settings.server)
  const advertise = parseReachable('--advertise', settings.advertise)
  const outboundOnly = settings['outbound-only']
  if (outboundOnly && advertise !== undefined) {
    const message = '--outbound-only says that nobody can dial this terminal: leave --advertise out, or --outbound-only'
    throw usageError(message)
  }
  // Nobody dials it, so its server socket is open to nobody else either.
  const listen = parseListen('--listen', settings.listen ?? (outboundOnly ? '127.0.0.1:0' : DEFAULT_LISTEN))
  const inbox = resolve(settings.inbox ?? join(folders.relay, 'inbox'))
  const token = await readJoinToken({ join: settings.join, joinFile: settings['join-file'], stdin: shell.stdin })
  const exported = await Promise.all(settings.export.map(readExport))
  const { leaf, 'on-activate': activate, 'on-deactivate': deactivate } = settings
  const hooks = { ...(activate && { activate }), ...(deactivate && { deactivate }) }
  const labels = readLabels(settings.label, { removable: false })
  // Only a newcomer is named after its host: a terminal that has enrolled keeps its name.
  const enrolled = settings.name === undefined && (await loadMembership({ folder: folders.relay, files })) !== undefined
  const name = enrolled ? undefined : (settings.name ?? shell.hostName)
  const log = daemonLog(shell, settings)
  const sendLimit = new SendLimit(clock, parseLimitRate(settings['limit-rate']))
  reloadOnHangup(invocation, log, { 'limit-rate': (text) => sendLimit.allow(parseLimitRate(text)) })
  const options = { folder: folders.relay, join: token, name, server, listen, advertise, inbox, exported, labels }
  const metrics = await openMetrics(settings.metrics, { role: 'relay', version, log })
  const { meter, traffic } = metrics
  const means = {
    clock,
    random,
    files,
    commands,
    network: (identity: Identity) => network(identity, traffic),
    log,
    meter,
    version,
  }
  const start = (interrupted: Promise<unknown>) =>
    namingMainServer(startTerminal({ ...options, ...means, leaf, outboundOnly, sendLimit, hooks, interrupted }))
  return aloneIn(folders.relay, { command: 'relay', files }, () =>
    runDaemon(
      shell,
      (interrupted) =>
        metrics.around(async () => {
          const terminal = await start(interrupted)
          return settings.once ? untilFirst(terminal, { inbox, tell: (line) => shell.stdout.write(line) }) : terminal
        }),
      (terminal) =>
        `treecast relay: ${terminal.name} joined ${formatAddress(terminal.server)}, listening on ${formatAddress(terminal.address)}`,
    ),
  )
}

/** The terminal, done once its first transfer has arrived, and failed when that fails. */
function untilFirst(
  terminal: RunningTerminal,
  { inbox, tell }: { readonly inbox: string; readonly tell: (line: string) => void },
): RunningTerminal & { readonly done: Promise<void> } {
  const ended = terminal.firstOutcome.then(({ transfer, destination, error }) => {
    if (error !== undefined) {
      const message = `transfer ${transfer} of ${destination} did not arrive: ${error.message}`
      return new TreecastError('E_NOT_RECEIVED', message)
    }
    tell(`treecast relay: received ${join(inbox, destination)}\n`)
    return undefined
  })
  const forEver = new Promise<never>(() => undefined)
  return {
    ...terminal,
    done: ended.then((failure) => (failure === undefined ? undefined : forEver)),
    failed: Promise.race([terminal.failed, ended.then((failure) => failure ?? forEver)]),
  }
}

/** An exported folder by its real path, so that no link is on the way to it. @throws E_USAGE */
async function readExport(folder: string): Promise<string> {
  try {
    const path = await realpath(folder)
    if ((await stat(path)).isDirectory()) return path
  } catch (error) {
    throw usageError(`--export ${folder} cannot be read (${codeOf(error)}): name a folder`)
  }
  throw usageError(`--export ${folder} is no folder`)
}
