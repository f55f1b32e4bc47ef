/**
 * The file system as an argument. The real one is in real-files.ts; memory-files.ts models one that can lose unsynced writes.
 *
 * Guarantee of every implementation: no operation follows a symbolic link in the last part of a path. Errors are the operating
 * system's, with its `code` (`ENOENT`, `EEXIST`, `ENOSPC`, `ELOOP` …).
 */

export interface FileStat {
  readonly kind: 'file' | 'folder' | 'link' | 'other'
  readonly bytes: number
  /** Permission bits. */
  readonly mode: number
  readonly modifiedMs: number
  /** Equal for paths between which a rename is atomic. */
  readonly device: number
  readonly inode: number
}

export interface OpenFile {
  /** Bytes from `at`; shorter than `length` only at the end of the file. */
  read(at: number, length: number): Promise<Uint8Array>
  /** Writes all of `bytes` at `at`. `bytes` must not change until the promise resolves. */
  write(at: number, bytes: Uint8Array): Promise<void>
  stat(): Promise<FileStat>
  /** Cuts or extends (with zeros) to `bytes`. */
  truncate(bytes: number): Promise<void>
  setMode(mode: number): Promise<void>
  setModified(modifiedMs: number): Promise<void>
  /** fdatasync: once resolved, all bytes written before the call survive a power cut. */
  syncData(): Promise<void>
  /** fsync: as syncData, and mode and times too. */
  sync(): Promise<void>
  close(): Promise<void>
}

export type OpenMode =
  /** Existing file, reading only. */
  | 'read'
  /** A new file, read and write, mode 0600; EEXIST when anything is there. */
  | 'create'
  /** An existing file, read and write. */
  | 'update'

/** What a file or folder is given beside its bytes. */
export interface FileFacts {
  /** Permission bits. */
  readonly mode: number
  readonly modifiedMs: number
}

/** A folder that is held open. */
export interface HeldFolder {
  /** Names this very folder for as long as it is held, whatever is put in its place meanwhile (on Linux; elsewhere, where it was). */
  readonly path: string
  /** As syncFolder(), of this folder. */
  sync(): Promise<void>
  close(): Promise<void>
}

export interface Files {
  open(path: string, mode: OpenMode): Promise<OpenFile>
  /** What is at `path`, links not followed; undefined when nothing is. */
  stat(path: string): Promise<FileStat | undefined>
  /** Names in the folder, unordered. */
  list(path: string): Promise<string[]>
  /** Makes the folder and its missing parents, each with `mode`. Harmless when it is there. */
  makeFolder(path: string, mode: number): Promise<void>
  /** Makes a new file, whole; EEXIST when anything is there. For small ones: the process does nothing else meanwhile. */
  writeFile(path: string, bytes: Uint8Array, facts: FileFacts): Promise<void>
  /** Makes a symbolic link that says `target`; EEXIST when anything is there. */
  makeLink(path: string, target: string, modifiedMs: number): Promise<void>
  /** What a symbolic link says. */
  readLink(path: string): Promise<string>
  /** Gives a folder its mode and time. */
  setFolder(path: string, facts: FileFacts): Promise<void>
  /**
   * Walks from the folder `base` down `parts`, through no link, and holds the last. With `mode`, what is missing is made with it, for
   * good. ENOTDIR, ELOOP when something on the way is no folder.
   */
  holdFolder(base: string, parts: readonly string[], mode?: number): Promise<HeldFolder>
  /** Atomic; replaces a file at `to`. */
  rename(from: string, to: string): Promise<void>
  /** Removes one file or link. Harmless when it is not there. */
  remove(path: string): Promise<void>
  /** Removes a folder with all in it. Harmless when it is not there. */
  removeTree(path: string): Promise<void>
  /** Makes creations, renames and removals in the folder survive a power cut. */
  syncFolder(path: string): Promise<void>
  /** As sync() and syncFolder(), of everything in the folder and of the folder itself. */
  syncTree(path: string): Promise<void>
  /** Whether this user may make files in the folder: its mode, and whether its file system can be written to. */
  mayWrite(path: string): Promise<boolean>
  /** Bytes that this user may still write on the file system of `path`. */
  freeBytes(path: string): Promise<number>
}
