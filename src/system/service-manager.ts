/**
 * The service manager that started this process, as an argument: systemd, told by sd_notify(3) when a daemon is ready, reloads, is
 * alive and stops.
 *
 * The messages are datagrams to the Unix socket in NOTIFY_SOCKET. Neither Node nor Bun can send those, so systemd's own `systemd-notify`
 * sends them: it is there wherever the socket is. It is a process of its own, hence NotifyAccess=all in the unit.
 */

import { spawn } from 'node:child_process'

export interface ServiceManager {
  /** How long it waits for a sign of life before it ends the process; undefined when it does not watch. */
  readonly watchdogMs: number | undefined
  /** The daemon serves, `status` says what. Also ends a reload. */
  ready(status: string): void
  reloading(): void
  stopping(): void
  /** A sign of life. */
  alive(): void
}

/** Nobody started this process. */
const noServiceManager: ServiceManager = {
  watchdogMs: undefined,
  ready() {},
  reloading() {},
  stopping() {},
  alive() {},
}

export interface NotifyOptions {
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly processId: number
  /** A message could not be sent. */
  readonly failed: (error: Error) => void
}

/** The service manager that `environment` names; one that hears nothing when there is none. */
export function systemdOf({ environment, processId, failed }: NotifyOptions): ServiceManager {
  if (!environment.NOTIFY_SOCKET) return noServiceManager
  let sent: Promise<void> = Promise.resolve()
  // One after the other: a sign of readiness must not overtake the reload that it ends.
  const say = (...lines: string[]) => {
    sent = sent.then(() => systemdNotify(lines, environment)).catch(failed)
  }
  return {
    watchdogMs: watchdogOf(environment, processId),
    ready: (status) => say('READY=1', `STATUS=${status}`),
    reloading: () => say('RELOADING=1'),
    stopping: () => say('STOPPING=1'),
    alive: () => say('WATCHDOG=1'),
  }
}

/** sd_watchdog_enabled(3): microseconds, for the process that WATCHDOG_PID names if any. */
function watchdogOf({ WATCHDOG_USEC, WATCHDOG_PID }: NotifyOptions['environment'], processId: number) {
  const ms = Number(WATCHDOG_USEC) / 1000
  if (!(ms > 0) || (WATCHDOG_PID && Number(WATCHDOG_PID) !== processId)) return undefined
  return ms
}

function systemdNotify(lines: readonly string[], environment: NotifyOptions['environment']): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const child = spawn('systemd-notify', [...lines], { stdio: 'ignore', env: { ...environment } })
  child.once('error', (cause) => reject(new Error(`systemd-notify cannot be run: ${cause.message}`, { cause })))
  child.once('close', (code) =>
    code === 0 ? resolve() : reject(new Error(`systemd-notify ${lines[0]} ended with ${code}`)),
  )
  return promise
}
