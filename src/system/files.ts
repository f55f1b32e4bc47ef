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

export interface Files {
  open(path: string, mode: OpenMode): Promise<OpenFile>
  /** What is at `path`, links not followed; undefined when nothing is. */
  stat(path: string): Promise<FileStat | undefined>
  /** Names in the folder, unordered. */
  list(path: string): Promise<string[]>
  /** Makes the folder and its missing parents, each with `mode`. Harmless when it is there. */
  makeFolder(path: string, mode: number): Promise<void>
  /** Atomic; replaces a file at `to`. */
  rename(from: string, to: string): Promise<void>
  /** Removes one file or link. Harmless when it is not there. */
  remove(path: string): Promise<void>
  /** Removes a folder with all in it. Harmless when it is not there. */
  removeTree(path: string): Promise<void>
  /** Makes creations, renames and removals in the folder survive a power cut. */
  syncFolder(path: string): Promise<void>
  /** Bytes that this user may still write on the file system of `path`. */
  freeBytes(path: string): Promise<number>
}
