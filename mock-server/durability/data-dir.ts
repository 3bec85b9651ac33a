import { join } from 'node:path'

import type { FsyncMode } from './disk-sync.ts'
import { FolderLock } from './folder-lock.ts'
import { SpaceFolders } from './space-folders.ts'

/** The folder of `--data-dir`, which one process uses at a time. */
export interface DataDir {
  /** Folder of the space that is always there. */
  readonly main: string
  /** Folders of the other spaces. */
  readonly spaces: SpaceFolders
  /** Lets another process use it. */
  release(): void
}

/** Throws `cannot-write`, also while another process has the folder. */
export function openDataDir(path: string, fsync: FsyncMode): DataDir {
  const lock = new FolderLock(path)
  return {
    main: join(path, 'main'),
    spaces: new SpaceFolders(join(path, 'spaces'), fsync !== 'never'),
    release: () => lock.release(),
  }
}
