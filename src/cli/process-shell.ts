/** The real process as a shell. The only place in src/cli that touches `process`. */

import { homedir, hostname } from 'node:os'
import { resolve } from 'node:path'
import type { Identity } from '../identity/identity.ts'
import { createTlsNetwork } from '../link/tls-network.ts'
import type { Traffic } from '../link/traffic.ts'
import { systemRandom } from '../system/random.ts'
import { systemClock } from '../system/real-clock.ts'
import { systemCommands } from '../system/real-commands.ts'
import { systemFiles } from '../system/real-files.ts'
import { runOnScreen } from '../system/run-on-screen.ts'
import { systemdOf } from '../system/service-manager.ts'
import { standardInput } from '../system/standard-input.ts'
import { EXIT } from './exit-codes.ts'
import { listenToInterruptions } from './interruptions.ts'
import type { Shell } from './shell.ts'

/** @param endsCleanly whether an interruption before the command has begun is a clean end of it, as it is of a daemon */
export function processShell(version: string, { endsCleanly }: { readonly endsCleanly: boolean }): Shell {
  const { stdout, stderr, env } = process
  return {
    stdin: standardInput(),
    stdout,
    stderr,
    environment: env,
    userId: process.getuid?.(),
    userFolder: homedir(),
    hostName: hostname(),
    executable: executableOf(process.execPath, process.argv),
    interruptions: listenToInterruptions(process, (isFirst) =>
      process.exit(isFirst && endsCleanly ? EXIT.success : EXIT.interrupted),
    ),
    onReload: (run) => void process.on('SIGHUP', run),
    serviceManager: systemdOf({
      environment: env,
      processId: process.pid,
      failed: ({ message }) => stderr.write(`treecast: the service manager was not told: ${message}\n`),
    }),
    run: runOnScreen,
    clock: systemClock,
    random: systemRandom,
    files: systemFiles,
    commands: systemCommands,
    network: ({ certificate }: Identity, traffic?: Traffic) =>
      createTlsNetwork({ clock: systemClock, ...certificate, ...(traffic === undefined ? {} : { traffic }) }),
    // Loaded when a command needs them: most need neither multicast DNS nor, as daemons, a client.
    discovery: async () => (await import('../link/discovery.ts')).multicastDiscovery(systemClock),
    connect: async (options) => (await import('../client/operator-client.ts')).connectOperator(options),
    version,
  }
}

/** A compiled executable is all there is; otherwise the runtime is given a script that lies on the disk. */
function executableOf(runtime: string, [, script]: readonly string[]): string[] {
  return script === undefined || isBundled(script) ? [runtime] : [runtime, resolve(script)]
}

/** Where an executable that Bun compiled pretends that its script lies. */
function isBundled(script: string): boolean {
  return /^(\/\$bunfs\/|[A-Z]:[\\/]~BUN[\\/])/i.test(script)
}
