/** Failures of a modelled disk: the errors themselves, and the ones a test orders in advance. */

export type FileOperation =
  | 'open'
  | 'read'
  | 'write'
  | 'truncate'
  | 'stat'
  | 'setMode'
  | 'setModified'
  /** syncData() and sync(). */
  | 'sync'
  | 'list'
  | 'makeFolder'
  | 'rename'
  | 'remove'
  | 'removeTree'
  | 'syncFolder'
  | 'freeBytes'

/** An error as the operating system's look, with its `code`. */
export function fileError(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code, path })
}

export class FileFaults {
  readonly #ordered = new Map<FileOperation, string[]>()

  failNext(operation: FileOperation, code: string): void {
    this.#ordered.set(operation, [...(this.#ordered.get(operation) ?? []), code])
  }

  /** @throws the error that was ordered for this operation, once */
  check(operation: FileOperation, path: string): void {
    const code = this.#ordered.get(operation)?.shift()
    if (code !== undefined) throw fileError(code, path)
  }
}
