/** Where this machine keeps treecast's keys and databases: one folder, with a folder per role in it. */

import { join, resolve } from 'node:path'

/** What the choice depends on. */
export interface HomeSources {
  /** `--home`, or undefined. */
  readonly option: string | undefined
  readonly environment: Readonly<Record<string, string | undefined>>
  /** The user's numeric id; undefined where there is none. */
  readonly userId: number | undefined
  /** The user's home folder. */
  readonly userFolder: string
}

/** The absolute folders of each role. */
export interface HomeFolders {
  readonly home: string
  readonly serve: string
  readonly relay: string
  readonly operator: string
}

/**
 * `--home`, else `$TREECAST_HOME`, else `$XDG_STATE_HOME/treecast`, else `/var/lib/treecast` for root and
 * `~/.local/state/treecast` for everyone else. A relative or empty `$XDG_STATE_HOME` is ignored, as the XDG Base Directory
 * Specification asks.
 */
export function resolveHome(sources: HomeSources): HomeFolders {
  const home = resolve(chooseHome(sources))
  return { home, serve: join(home, 'serve'), relay: join(home, 'relay'), operator: join(home, 'operator') }
}

function chooseHome({ option, environment, userId, userFolder }: HomeSources): string {
  if (option) return option
  if (environment.TREECAST_HOME) return environment.TREECAST_HOME
  if (environment.XDG_STATE_HOME?.startsWith('/')) return join(environment.XDG_STATE_HOME, 'treecast')
  if (userId === 0) return '/var/lib/treecast'
  return join(userFolder, '.local', 'state', 'treecast')
}
