/** Reads a modelled disk and a terminal's state database from outside, past every fault. */

import type { Files } from '../../src/system/files.ts'
import type { Stage } from '../../src/terminal/state-schema.ts'
import type { KeptState } from './kept-databases.ts'

export const INBOX = '/inbox'
export const RELAY_FOLDER = '/home/relay'
export const STAGING = `${RELAY_FOLDER}/staging`

/** The bytes of a file; undefined when there is none. */
export async function readWhole(files: Files, path: string): Promise<Uint8Array | undefined> {
  const stat = await files.stat(path)
  if (stat?.kind !== 'file') return undefined
  const file = await files.open(path, 'read')
  return file.read(0, stat.bytes)
}

/** Names in a folder; none when it is not there. */
export async function listFolder(files: Files, path: string): Promise<string[]> {
  return (await files.stat(path))?.kind === 'folder' ? files.list(path) : []
}

/** What a terminal's state database says of a transfer. */
export interface StateRow {
  readonly transfer: number
  readonly stage: Stage
  /** As it was signed. */
  readonly manifest: Uint8Array
  /** The bitmap of durable packets. */
  readonly durable: Uint8Array
  readonly activate_at: number | null
  readonly deactivate_at: number | null
}

export function readState({ database }: KeptState): StateRow[] {
  const columns = 'transfer, stage, manifest, durable, activate_at, deactivate_at'
  return database?.prepare<[], StateRow>(`SELECT ${columns} FROM transfers`).all() ?? []
}
