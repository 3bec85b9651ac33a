import { closeSync, fsyncSync, openSync } from 'node:fs'

/** Makes new and renamed files of a folder survive a power failure. Not possible on Windows. */
export function syncFolder(path: string): void {
  if (process.platform === 'win32') return
  const fd = openSync(path, 'r')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}
