/**
 * What a push of folders leaves out: what matches a GLOB of --exclude, and what `.treecastignore` files say, each for the folder that it
 * is in and all below, by the rules of .gitignore. A folder that is left out is not looked into.
 */

import ignore, { type Ignore } from 'ignore'
import picomatch from 'picomatch'

export const IGNORE_FILE = '.treecastignore'

/** Whether something is left out, by its path below what is pushed, parts joined by `/`. */
export type IsLeftOut = (path: string, isFolder: boolean) => boolean

/**
 * What the globs of --exclude leave out. One without a `/` is matched with last names, at any depth; one with a `/` with whole paths;
 * one that ends with `/` with folders only.
 */
export function leftOutByGlobs(globs: readonly string[]): IsLeftOut {
  const rules = globs.map((glob) => {
    const onlyFolders = glob.endsWith('/')
    const pattern = onlyFolders ? glob.slice(0, -1) : glob
    const basename = !pattern.includes('/')
    return { onlyFolders, matches: picomatch(pattern.replace(/^\//, ''), { dot: true, basename }) }
  })
  return (path, isFolder) => rules.some(({ onlyFolders, matches }) => (isFolder || !onlyFolders) && matches(path))
}

/** The rules of one ignore file, and of those in the folders above. */
export class IgnoreRules {
  readonly #above: IgnoreRules | undefined
  readonly #folder: string
  readonly #rules: Ignore

  /** @param folder path of the folder that the rules are in, below what is pushed; empty for its top */
  constructor(folder: string, text: string, above?: IgnoreRules) {
    this.#folder = folder
    this.#rules = ignore({ allowRelativePaths: true }).add(text)
    this.#above = above
  }

  leavesOut(path: string, isFolder: boolean): boolean {
    const inFolder = this.#folder === '' ? path : path.slice(this.#folder.length + 1)
    const { ignored, unignored } = this.#rules.test(isFolder ? `${inFolder}/` : inFolder)
    if (ignored || unignored) return ignored
    return this.#above?.leavesOut(path, isFolder) ?? false
  }
}
