import { join } from 'node:path'

import { FolderLock } from './folder-lock.ts'

/** The folder of `--data-dir`, which one process uses at a time. */
export interface DataDir {
  /** Folder of the space that is always there. */
  readonly main: string
  /** Lets another process use it. */
  release(): void
}

/** Throws `cannot-write`, also while another process has the folder. */
export function openDataDir(path: string): DataDir {
  const lock = new FolderLock(path)
  return { main: join(path, 'main'), release: () => lock.release() }
}
