/** Every option of every command: what `--help` says of it, its default, and what a settings file or the environment may set. */

import type { LogLevel } from '../system/log.ts'

export interface TextOption {
  readonly kind: 'text'
  readonly describe: string
  /** Taken when neither the command line, the environment nor the settings file says anything. */
  readonly default?: string
  /** What the default is in words, where it is not a constant. */
  readonly defaultText?: string
  readonly choices?: readonly string[]
}

export interface FlagOption {
  readonly kind: 'flag'
  readonly describe: string
}

/** An option that may be given several times; in the environment and the settings file, one value a line. */
export interface ListOption {
  readonly kind: 'list'
  readonly describe: string
  /** What it is when it is not given, in words; left out for nothing. */
  readonly defaultText?: string
}

/** Said of an option of any kind. */
interface Setting {
  /** Stands before its name in the environment and in settings files, where the name alone would be ambiguous. */
  readonly settingPrefix?: string
}

export type OptionTable = Readonly<Record<string, (TextOption | FlagOption | ListOption) & Setting>>

/** What a command gets to see: one member per option of its table. */
export type SettingsOf<T extends OptionTable> = {
  readonly [K in keyof T]: T[K] extends FlagOption
    ? boolean
    : T[K] extends ListOption
      ? readonly string[]
      : T[K] extends { choices: readonly (infer C)[] }
        ? C
        : T[K] extends { default: string }
          ? string
          : string | undefined
}

/** Of a daemon that anybody may dial. */
export const DEFAULT_LISTEN = '0.0.0.0:7717'
/** Most terminals that one terminal may serve in one tree. */
export const LARGEST_FAN_OUT = 64
const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const satisfies readonly LogLevel[]

const flag = (describe: string) => ({ kind: 'flag', describe }) as const

export const GLOBAL_OPTIONS = {
  home: {
    kind: 'text',
    describe: 'Folder of keys and databases (DIR)',
    defaultText: '$XDG_STATE_HOME/treecast, for root /var/lib/treecast',
  },
  config: { kind: 'text', describe: 'Settings file with any of the options (FILE, JSON)' },
  'log-level': { kind: 'text', describe: 'How much the log on stderr tells', default: 'info', choices: LOG_LEVELS },
  'log-format': {
    kind: 'text',
    describe: 'Form of the log: lines for people, or JSON',
    default: 'text',
    choices: ['text', 'json'],
  },
  'no-color': flag('No colours, whatever the screen can do'),
} as const satisfies OptionTable

const MAIN_SERVER_OPTIONS = {
  server: { kind: 'text', describe: 'The main server (HOST:PORT)', defaultText: 'the one this machine enrolled with' },
  join: { kind: 'text', describe: 'Join token, for the first use on this machine (TOKEN, or - to read it from stdin)' },
} as const satisfies OptionTable

const json = flag('One JSON document instead of text')

const METRICS = { kind: 'text', describe: 'Where to serve metrics for Prometheus (HOST:PORT)' } as const
const LIMIT_RATE = { kind: 'text', describe: 'Most that it sends (RATE)', defaultText: 'no limit' } as const
const PRINT_UNIT = flag('Print a systemd unit that runs this command, and exit')

export const SERVE_OPTIONS = {
  listen: { kind: 'text', describe: 'Where to listen (HOST:PORT)', default: DEFAULT_LISTEN },
  fanout: {
    kind: 'text',
    describe: 'How many terminals each terminal serves (N)',
    defaultText: '3, more for tiny contents',
  },
  'limit-rate': LIMIT_RATE,
  'library-quota': {
    kind: 'text',
    describe: 'How much the library may hold (SIZE)',
    defaultText: 'what the disk has room for',
  },
  'library-age': {
    kind: 'text',
    describe: 'How long the library keeps, for the next push, what everybody has (DUR)',
    default: '7d',
  },
  metrics: METRICS,
  'print-unit': PRINT_UNIT,
} as const satisfies OptionTable

export const TOKEN_OPTIONS = {
  role: { kind: 'text', describe: 'What the newcomer becomes', default: 'terminal', choices: ['terminal', 'operator'] },
  uses: { kind: 'text', describe: 'How many newcomers may use it (N)', default: '1' },
  expires: { kind: 'text', describe: 'How long it is good for (DUR)', default: '24h' },
} as const satisfies OptionTable

export const RELAY_OPTIONS = {
  ...MAIN_SERVER_OPTIONS,
  'join-file': { kind: 'text', describe: 'File that holds the join token (FILE)' },
  name: { kind: 'text', describe: 'Name of this terminal', defaultText: 'the host name' },
  listen: {
    kind: 'text',
    describe: 'Where to listen (HOST:PORT)',
    defaultText: `${DEFAULT_LISTEN}; with --outbound-only 127.0.0.1:0`,
  },
  advertise: {
    kind: 'text',
    describe: 'Where other terminals reach this one (HOST:PORT)',
    defaultText: 'where it listens',
  },
  inbox: { kind: 'text', describe: 'Folder where content lands (DIR)', defaultText: 'HOME/relay/inbox' },
  export: { kind: 'list', describe: 'A folder of which pushes may send from here; may be repeated (DIR)' },
  leaf: flag('Receive only, never relay'),
  'ad-hoc': flag('Join for one push, from a temporary home, into the current folder; implied by a short code'),
  'on-activate': { kind: 'text', describe: 'Run when content has gone live (CMD, by sh)', defaultText: 'nothing' },
  'on-deactivate': { kind: 'text', describe: 'Run when content was taken out (CMD, by sh)', defaultText: 'nothing' },
  once: flag('End once one transfer has arrived and was relayed'),
  'outbound-only': flag('Open all connections from here: for NAT and firewalls; a leaf'),
  'limit-rate': LIMIT_RATE,
  metrics: METRICS,
  'print-unit': PRINT_UNIT,
  label: { kind: 'list', describe: 'Label of this terminal, for selectors; may be repeated (KEY=VALUE)' },
} as const satisfies OptionTable

export const PUSH_OPTIONS = {
  ...MAIN_SERVER_OPTIONS,
  to: {
    kind: 'list',
    describe: 'Targets, such as all, web1,web[2-9], web*, role=web, @group; ! takes away; may be repeated (SELECTOR)',
    defaultText: 'all',
  },
  dest: {
    kind: 'text',
    describe: 'Where it lands, relative to the inbox; of several, the folder they land in (PATH)',
    defaultText: "PATH's last name",
  },
  from: { kind: 'text', describe: 'The terminal that has the content: PATH is one of its own (TERMINAL)' },
  direct: flag('Serve the content from here: it does not go by way of the main server'),
  exclude: { kind: 'list', describe: 'Leave out what matches; may be repeated (GLOB)' },
  force: flag('Replace whatever is there'),
  tree: {
    kind: 'text',
    describe: "Shape of the trees: striped sends each packet over the main server's link once",
    default: 'auto',
    choices: ['auto', 'classic', 'striped'],
  },
  fanout: {
    kind: 'text',
    describe: 'How many terminals each terminal serves, and of a striped tree how many stripes (N)',
    defaultText: "the main server's; 2 or 3 stripes",
  },
  activate: {
    kind: 'text',
    describe: 'When it goes live (TIME: 2026-12-24T18:00:00Z, or +2h)',
    defaultText: 'at once, target by target',
  },
  deactivate: { kind: 'text', describe: 'When it is taken out again (TIME)', defaultText: 'never' },
  cancel: { kind: 'text', describe: 'Call a transfer off: what is under way, pending, or not live yet (TRANSFER)' },
  compress: {
    kind: 'text',
    describe: 'Compression of packets',
    default: 'auto',
    choices: ['auto', 'zstd', 'lz4', 'none'],
  },
  cipher: {
    kind: 'text',
    describe: 'Cipher of packets',
    default: 'aes-256-gcm',
    choices: ['aes-256-gcm', 'xsalsa20-poly1305'],
  },
  'packet-size': {
    kind: 'text',
    describe: 'Size of a packet, 4KiB to 1MiB (SIZE)',
    defaultText: 'by the size of the content',
  },
  'relay-after': { kind: 'text', describe: 'How much a terminal holds before it relays (SIZE)', default: '0' },
  'ad-hoc': flag('Start a main server for this push alone; show how others join'),
  expect: { kind: 'text', describe: 'With --ad-hoc: start once so many have joined (N)', defaultText: 'on Enter' },
  'limit-rate': {
    kind: 'text',
    describe: 'Most that each sender of this transfer sends, the upload too (RATE)',
    defaultText: 'no limit',
  },
  detach: flag('Return once the main server has the content'),
  deadline: { kind: 'text', describe: 'Wait at most so long, and for offline terminals too (DUR)' },
  exclusive: { kind: 'text', describe: 'Refuse to run while another run of this name does (NAME)' },
  'dry-run': flag('Draw the tree and send nothing'),
  'no-tui': flag('Lines instead of the live tree'),
  quiet: flag('Say nothing unless something fails'),
  json: flag('One JSON object a line instead of text'),
} as const satisfies OptionTable

/**
 * An option of `rank` that changes terminals: `rank-label` in a settings file, `TREECAST_RANK_LABEL` in the environment. What `relay` on
 * the same machine is told by `label` must not become an order to change all terminals.
 */
const changing = <T extends object>(option: T) => ({ ...option, settingPrefix: 'rank-' }) as const

export const RANK_OPTIONS = {
  ...MAIN_SERVER_OPTIONS,
  by: {
    kind: 'text',
    describe: 'What to rank by; pushes use the score',
    default: 'score',
    choices: ['score', 'response', 'throughput', 'reliability'],
  },
  probe: flag('Measure them first: response time, and throughput by sending each at most 4 MiB'),
  pin: changing(flag('Rank them before all others from now on')),
  unpin: changing(flag('Rank them by their score again')),
  exclude: changing(flag('Keep them from relaying from now on: they only receive, and rank last')),
  include: changing(flag('Let them relay again')),
  label: changing({ kind: 'list', describe: 'Set a label, or take it away with KEY=; may be repeated (KEY=VALUE)' }),
  group: changing({ kind: 'list', describe: 'Put them into a group; may be repeated (GROUP)' }),
  ungroup: changing({ kind: 'list', describe: 'Take them out of a group; may be repeated (GROUP)' }),
  revoke: changing(flag('Cut them off now and for good')),
  json,
} as const satisfies OptionTable

export const STATUS_OPTIONS = {
  ...MAIN_SERVER_OPTIONS,
  watch: flag('Follow TRANSFER until its state is final'),
  explain: { kind: 'text', describe: 'Tell why this one is slow, late or failed (TERMINAL)' },
  audit: flag('List what operators have done'),
  check: flag('Tell whether all is well, also by the exit code'),
  json,
} as const satisfies OptionTable

export const MAN_OPTIONS = { source: flag('The page as it is written, in mdoc') } as const satisfies OptionTable

export const COMPLETION_OPTIONS = {} as const satisfies OptionTable

const ALL_TABLES: readonly OptionTable[] = [
  GLOBAL_OPTIONS,
  SERVE_OPTIONS,
  TOKEN_OPTIONS,
  RELAY_OPTIONS,
  PUSH_OPTIONS,
  RANK_OPTIONS,
  STATUS_OPTIONS,
]

/** All names that a settings file may use. */
export const ALL_OPTION_NAMES: ReadonlySet<string> = new Set(
  ALL_TABLES.flatMap((table) => Object.keys(table).map((name) => settingName(table, name))),
)

/** Every word that may stand behind `--`. */
export const ALL_OPTION_WORDS: ReadonlySet<string> = new Set(ALL_TABLES.flatMap((table) => Object.keys(table)))

/** What the option is called in a settings file, and, in capitals, in the environment. */
export function settingName(table: OptionTable, option: string): string {
  return `${table[option]?.settingPrefix ?? ''}${option}`
}
