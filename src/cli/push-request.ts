/** The PUSH message of a command line: its quantities read, its defaults filled in. */

import { basename } from 'node:path'
import type { ContentSource } from '../client/content-source.ts'
import type { PushRequest } from '../client/operator-client.ts'
import { TreecastError } from '../system/errors.ts'
import { parseMoment } from './moments.ts'
import { ofOption, parseLimitRate, parseWhole } from './number-options.ts'
import { LARGEST_FAN_OUT, type PUSH_OPTIONS, type SettingsOf } from './option-tables.ts'
import { parseSize } from './quantities.ts'
import { assertSendablePush } from './sendable.ts'

type PushSettings = SettingsOf<typeof PUSH_OPTIONS>

/** The options that are numbers or times. */
export interface PushQuantities {
  readonly fanOut: number | undefined
  readonly packetBytes: number | undefined
  readonly relayAfterBytes: number
  readonly limitBytesPerSecond: number | undefined
  readonly activate: PushRequest['activate']
  readonly deactivate: PushRequest['deactivate']
}

const SMALLEST_PACKET = 4096
const LARGEST_PACKET = 1024 ** 2

/**
 * Checks the numbers before anything is opened or dialled.
 * @throws E_USAGE, E_SIZE, E_TIME
 */
export function readQuantities(settings: PushSettings): PushQuantities {
  const { fanout, activate, deactivate } = settings
  const packetSize = settings['packet-size']
  return {
    fanOut: fanout === undefined ? undefined : parseWhole('--fanout', fanout, { least: 1, most: LARGEST_FAN_OUT }),
    packetBytes: packetSize === undefined ? undefined : parsePacketSize(packetSize),
    relayAfterBytes: ofOption('--relay-after', () => parseSize(settings['relay-after'])),
    limitBytesPerSecond: parseLimitRate(settings['limit-rate']),
    activate: activate === undefined ? null : parseMoment('--activate', activate),
    deactivate: deactivate === undefined ? null : parseMoment('--deactivate', deactivate),
  }
}

/**
 * The request for this source; a stream is named after --dest. `path`: of the terminal that --from names.
 * @throws E_USAGE, E_DESTINATION, E_PATH_TOO_MANY for what the main server would not take
 */
export function pushRequest(
  source: ContentSource,
  settings: PushSettings,
  { path, ...quantities }: PushQuantities & { readonly path: string },
): PushRequest {
  const { fanOut, packetBytes, relayAfterBytes, limitBytesPerSecond, activate, deactivate } = quantities
  const { destination, entryList } = source
  const request: PushRequest = {
    name: source.name || basename(destination),
    destination,
    entryList,
    bytes: source.bytes ?? null,
    mode: source.mode,
    modifiedMs: source.modifiedMs,
    to: settings.to.length === 0 ? 'all' : settings.to.join(','),
    tree: settings.tree,
    ...(fanOut === undefined ? {} : { fanOut }),
    ...(packetBytes === undefined ? {} : { packetBytes }),
    compression: settings.compress,
    cipher: settings.cipher,
    relayAfterBytes,
    ...(limitBytesPerSecond === undefined ? {} : { limitBytesPerSecond }),
    force: settings.force,
    from: readFrom(settings, path),
    direct: settings.direct,
    activate,
    deactivate,
    dryRun: settings['dry-run'],
  }
  assertSendablePush(request)
  return request
}

function readFrom({ from }: PushSettings, path: string): PushRequest['from'] {
  return from === undefined ? null : { terminal: from, path }
}

function parsePacketSize(text: string): number {
  const bytes = ofOption('--packet-size', () => parseSize(text))
  if (bytes >= SMALLEST_PACKET && bytes <= LARGEST_PACKET) return bytes
  throw new TreecastError('E_SIZE', `--packet-size is '${text}', but must be from 4KiB to 1MiB`, { facts: { bytes } })
}
