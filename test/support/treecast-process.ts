/**
 * The built executable as a process of a test: started in a home of its own, watched line by line, and never left behind.
 *
 * It is given nothing of the environment but PATH, so a TREECAST_… of the person who runs the tests cannot change their outcome.
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { Readable } from 'node:stream'
import { onTestFinished } from 'vitest'
import { EndOfOutput, OutputLines } from './output-lines.ts'
import { type EndWith, temporaryFolder } from './temporary-folder.ts'

const EXECUTABLE = resolve(import.meta.dirname, '../../dist/treecast')
const LINE_DEADLINE_MS = 30_000
const EXIT_DEADLINE_MS = 30_000

export interface StartOptions {
  readonly args: readonly string[]
  /** TREECAST_HOME, HOME and, unless `folder` is given, the working directory. Default: a new temporary folder. */
  readonly home?: string
  readonly folder?: string
  /** Added to PATH, HOME and TREECAST_HOME. */
  readonly env?: Readonly<Record<string, string>>
  /** Put before the command: `lab.command(3)` starts it in host 3 of a laboratory. */
  readonly command?: readonly string[]
  /** What to write to standard input before it is closed; a stream is written as it comes. Default: nothing. */
  readonly input?: string | Uint8Array | Readable
  /** Default: the built executable. */
  readonly executable?: string
  /** Default: killed at the end of the test. */
  readonly endWith?: EndWith
}

export interface Exit {
  /** Null when a signal ended the process. */
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface TreecastProcess {
  readonly pid: number
  readonly home: string
  readonly stdout: OutputLines
  readonly stderr: OutputLines
  /** Resolves once the process has ended and all of its output is here. */
  readonly exit: Promise<Exit>
  /**
   * The first line, of those before and after this call, that `pattern` matches.
   * Rejects, with all that was printed, when the process ends or `deadlineMs` pass without it.
   */
  waitForLine(stream: 'stdout' | 'stderr', pattern: RegExp, deadlineMs?: number): Promise<RegExpExecArray>
  /** Sends `signal` (default SIGTERM) and waits for the end; after `deadlineMs` it kills and rejects. */
  stop(signal?: NodeJS.Signals, deadlineMs?: number): Promise<Exit>
  /** Sends `signal` and does not wait. */
  signal(signal: NodeJS.Signals): void
}

/** Starts the executable. */
export async function startTreecast(options: StartOptions): Promise<TreecastProcess> {
  const { executable = EXECUTABLE, endWith = onTestFinished } = options
  if (!existsSync(executable)) throw new Error(`${executable} is not there: build it with 'npm run build'`)
  const home = options.home ?? temporaryFolder({ endWith })
  const [program = '', ...argv] = [...(options.command ?? []), executable, ...options.args]
  const child = spawn(program, argv, {
    cwd: options.folder ?? home,
    env: { PATH: process.env.PATH, HOME: home, TREECAST_HOME: home, ...options.env },
  })
  const stdout = new OutputLines(child.stdout)
  const stderr = new OutputLines(child.stderr)
  const exit = new Promise<Exit>((ended) => child.on('close', (code, signal) => ended({ code, signal })))
  endWith(async () => {
    kill(child, 'SIGKILL')
    await exit
  })
  await new Promise<void>((started, failed) => child.once('spawn', started).once('error', failed))
  // A process that ends without reading its input is no fault of the test.
  child.stdin.on('error', () => {})
  if (options.input instanceof Readable) options.input.pipe(child.stdin)
  else child.stdin.end(options.input)
  const printed = () => everythingPrinted(options, stdout, stderr)
  return {
    pid: child.pid as number,
    home,
    stdout,
    stderr,
    exit,
    waitForLine: (stream, pattern, deadlineMs = LINE_DEADLINE_MS) =>
      within(deadlineMs, `no line of ${stream} matches ${pattern}`, printed, () =>
        // One stream may end before the other is read to its end, and the report is to have both.
        (stream === 'stdout' ? stdout : stderr)
          .waitFor(pattern)
          .catch((error) => exit.then(() => Promise.reject(error))),
      ),
    stop: (signal = 'SIGTERM', deadlineMs = EXIT_DEADLINE_MS) => {
      kill(child, signal)
      return within(deadlineMs, `still running after ${signal}`, printed, () => exit).catch((error) => {
        kill(child, 'SIGKILL')
        throw error
      })
    },
    signal: (signal) => kill(child, signal),
  }
}

/** Runs the executable to its end; kills it and rejects when that takes longer than `deadlineMs`. */
export async function runTreecast(
  options: StartOptions & { readonly deadlineMs?: number },
): Promise<Exit & { readonly stdout: string; readonly stderr: string }> {
  const started = await startTreecast(options)
  const { stdout, stderr, exit } = started
  const printed = () => everythingPrinted(options, stdout, stderr)
  try {
    const ended = await within(options.deadlineMs ?? EXIT_DEADLINE_MS, 'still running', printed, () => exit)
    return { ...ended, stdout: stdout.text, stderr: stderr.text }
  } catch (error) {
    started.signal('SIGKILL')
    throw error
  }
}

function everythingPrinted({ args }: StartOptions, stdout: OutputLines, stderr: OutputLines): string {
  return `\n${args.join(' ')}\nstdout: ${stdout.text}\nstderr: ${stderr.text}`
}

/** By process id, and only while it is ours: an ended child's id may belong to another process by now. */
function kill(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.exitCode === null && child.signalCode === null) child.kill(signal)
}

async function within<T>(deadlineMs: number, what: string, detail: () => string, work: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} within ${deadlineMs} ms:${detail()}`)), deadlineMs)
  })
  try {
    return await Promise.race([work(), late])
  } catch (error) {
    throw error instanceof EndOfOutput ? new Error(`${what} before the process ended:${detail()}`) : error
  } finally {
    clearTimeout(timer)
  }
}
