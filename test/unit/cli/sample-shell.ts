/** A shell for tests: its streams are read as text, its folders are temporary, its main server is a script. */

import { Readable, Writable } from 'node:stream'
import type { Interruptions } from '../../../src/cli/interruptions.ts'
import type { Shell } from '../../../src/cli/shell.ts'
import type { OperatorClient } from '../../../src/client/operator-client.ts'
import { systemRandom } from '../../../src/system/random.ts'
import { systemCommands } from '../../../src/system/real-commands.ts'
import { systemFiles } from '../../../src/system/real-files.ts'
import { VirtualClock } from '../../../src/system/virtual-clock.ts'

export interface SampleShell {
  readonly shell: Shell
  stdout(): string
  stderr(): string
  /** Programs that were started on the screen. */
  readonly ran: readonly (readonly string[])[]
  /** What the service manager heard. */
  readonly told: readonly string[]
  /** As SIGHUP would. */
  hangUp(): void
  readonly clock: VirtualClock
  /** As Ctrl-C would. */
  interrupt(): void
}

export interface SampleShellOptions {
  readonly environment?: Record<string, string>
  readonly stdin?: string
  readonly client?: Partial<OperatorClient>
  readonly connect?: Shell['connect']
  readonly watchdogMs?: number
  readonly isTTY?: boolean
  /** Of programs that there are. */
  readonly exitCodes?: Readonly<Record<string, number>>
}

export function sampleShell({
  environment = {},
  stdin = '',
  client,
  connect,
  watchdogMs,
  isTTY = false,
  exitCodes = {},
}: SampleShellOptions = {}): SampleShell {
  const [stdout, stderr] = [textStream(), textStream()]
  const { interruptions, interrupt } = heldInterruptions()
  const told: string[] = []
  const ran: (readonly string[])[] = []
  const clock = new VirtualClock()
  let reload: (() => void) | undefined
  const refuse = async () => {
    throw new Error('this command should not have connected')
  }
  return {
    stdout: stdout.text,
    stderr: stderr.text,
    interrupt,
    told,
    ran,
    hangUp: () => reload?.(),
    clock,
    shell: {
      stdin: Readable.from([stdin]) as NodeJS.ReadStream,
      stdout: Object.assign(stdout.stream, { isTTY }),
      stderr: stderr.stream,
      environment,
      userId: 1000,
      userFolder: '/home/ann',
      hostName: 'desk',
      executable: ['/usr/bin/treecast'],
      interruptions,
      onReload: (run) => {
        reload = run
      },
      run: async (words) => {
        ran.push(words)
        return exitCodes[words[0] ?? '']
      },
      serviceManager: {
        watchdogMs,
        ready: (status) => told.push(`ready: ${status}`),
        reloading: () => told.push('reloading'),
        stopping: () => told.push('stopping'),
        alive: () => told.push('alive'),
      },
      clock,
      random: systemRandom,
      files: systemFiles,
      commands: systemCommands,
      network: () => {
        throw new Error('this command should not have used the network')
      },
      discovery: async () => ({ announce: () => ({ stop() {} }), search: () => ({ stop() {} }) }),
      connect: connect ?? (client === undefined ? refuse : async () => completeClient(client)),
      version: '9.9.9',
    },
  }
}

function completeClient(client: Partial<OperatorClient>): OperatorClient {
  const unexpected = async () => {
    throw new Error('this command should not have asked for that')
  }
  return {
    push: unexpected,
    ask: unexpected,
    steer: unexpected,
    watch: unexpected,
    cancel: unexpected,
    server: undefined,
    close() {},
    ...client,
  }
}

function heldInterruptions(): { interruptions: Interruptions; interrupt(): void } {
  let first: (() => void) | undefined
  let interrupted = false
  const interrupt = () => {
    interrupted = true
    first?.()
  }
  return {
    interruptions: {
      onFirst(run) {
        first = run
        if (interrupted) run()
      },
      raise: interrupt,
      get interrupted() {
        return interrupted
      },
    },
    interrupt,
  }
}

function textStream(): { stream: NodeJS.WriteStream; text(): string } {
  let text = ''
  const stream = new Writable({
    write(chunk, _encoding, written) {
      text += String(chunk)
      written()
    },
  })
  return { stream: stream as NodeJS.WriteStream, text: () => text }
}
