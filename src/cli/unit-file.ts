/**
 * A systemd unit for a daemon, systemd.service(5): `serve --print-unit`, `relay --print-unit`.
 *
 * The process has no privileges beyond those of its user, sees the file system read-only but for its state and inbox, and is restarted
 * when it fails or stops to show signs of life. Pure.
 */

import { isAbsolute } from 'node:path'

/** Where systemd keeps the state of system services, and treecast's home for root. */
export const SYSTEM_HOME = '/var/lib/treecast'

/** Places that systemd can hide from a service as a whole. */
const USERS_FOLDERS = ['/home', '/root', '/run/user']
const TEMPORARY_FOLDERS = ['/tmp', '/var/tmp']

/** Ports below need a capability. */
const FIRST_FREE_PORT = 1024

export interface UnitOptions {
  readonly role: 'serve' | 'relay'
  /** The words that start treecast: absolute paths. */
  readonly executable: readonly string[]
  /** Options of the daemon, without `--home`. */
  readonly options: readonly string[]
  /** Absolute. */
  readonly home: string
  /** Folders, absolute, that the daemon writes to beside its home. */
  readonly writes: readonly string[]
  /** Files, absolute, that the daemon reads. */
  readonly reads: readonly string[]
  readonly ports: readonly number[]
}

export function unitFile(options: UnitOptions): string {
  const { role, executable, home, ports } = options
  const words = [...executable, role, '--home', home, ...options.options]
  const privileged = ports.some((port) => port > 0 && port < FIRST_FREE_PORT)
  const capabilities = privileged ? 'CAP_NET_BIND_SERVICE' : ''
  const lines = [
    '[Unit]',
    `Description=treecast ${role === 'serve' ? 'main server' : 'terminal'}`,
    `Documentation=man:treecast-${role}(1)`,
    'Wants=network-online.target',
    'After=network-online.target',
    '',
    '[Service]',
    'Type=notify',
    '# Its messages are sent by systemd-notify(1), a process of its own.',
    'NotifyAccess=all',
    `ExecStart=${words.map(unitWord).join(' ')}`,
    'ExecReload=/bin/kill -HUP $MAINPID',
    'WatchdogSec=60',
    // A terminal is ready when its main server is there, however long that takes.
    ...(role === 'relay' ? ['TimeoutStartSec=infinity'] : []),
    'TimeoutStopSec=30',
    'Restart=on-failure',
    'RestartSec=5',
    '# Not authorised: trying again would change nothing.',
    'RestartPreventExitStatus=6',
    ...stateLines(options),
    'LimitNOFILE=65536',
    '',
    `CapabilityBoundingSet=${capabilities}`,
    `AmbientCapabilities=${capabilities}`,
    ...sandboxLines(options),
    '',
    '[Install]',
    'WantedBy=multi-user.target',
  ]
  return `${lines.join('\n')}\n`
}

function stateLines({ home, writes }: UnitOptions): string[] {
  const system = home === SYSTEM_HOME
  const folders = (system ? writes : [home, ...writes]).filter((folder) => !isBelow(folder, [SYSTEM_HOME]))
  return [
    ...(system ? ['StateDirectory=treecast', 'StateDirectoryMode=0700'] : []),
    ...folders.map((folder) => `ReadWritePaths=${unitWord(folder)}`),
  ]
}

function sandboxLines({ home, writes, reads, executable }: UnitOptions): string[] {
  const uses = [home, ...writes, ...reads, ...executable.filter(isAbsolute)]
  const anyBelow = (folders: readonly string[]) => uses.some((path) => isBelow(path, folders))
  return [
    'NoNewPrivileges=yes',
    'ProtectSystem=strict',
    `ProtectHome=${anyBelow(USERS_FOLDERS) ? 'read-only' : 'yes'}`,
    ...(anyBelow(TEMPORARY_FOLDERS) ? [] : ['PrivateTmp=yes']),
    'PrivateDevices=yes',
    'ProtectClock=yes',
    'ProtectControlGroups=yes',
    'ProtectHostname=yes',
    'ProtectKernelLogs=yes',
    'ProtectKernelModules=yes',
    'ProtectKernelTunables=yes',
    'LockPersonality=yes',
    'RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK',
    'RestrictNamespaces=yes',
    'RestrictRealtime=yes',
    'RestrictSUIDSGID=yes',
    'SystemCallArchitectures=native',
    'SystemCallFilter=@system-service',
  ]
}

function isBelow(path: string, folders: readonly string[]): boolean {
  return folders.some((folder) => path === folder || path.startsWith(`${folder}/`))
}

/** One word of a unit's line: systemd takes `%` and `$` for its own, and quotes as a shell does, systemd.syntax(7). */
function unitWord(word: string): string {
  const escaped = word.replaceAll('%', '%%').replaceAll('$', '$$$$')
  if (/^[\w@%+=:,./[\]$-]+$/.test(escaped)) return escaped
  return `"${escaped.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`
}
