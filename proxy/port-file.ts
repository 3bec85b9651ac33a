import { constants } from 'node:fs'
import { open } from 'node:fs/promises'

import { ProxyError } from './errors.ts'

/**
 * Writes the ports of the URLs, and the paths of Unix sockets, one per line. Throws `cannot-write`. Never waits for the reader of
 * a named pipe.
 */
export async function writePortFile(path: string, urls: readonly string[]): Promise<void> {
  const { O_WRONLY, O_CREAT, O_TRUNC, O_NONBLOCK } = constants
  try {
    const file = await open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NONBLOCK, 0o666)
    try {
      await file.writeFile(urls.map((url) => `${portOf(url)}\n`).join(''))
    } finally {
      await file.close()
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const message = `cannot write the port file ${path}: ${reason}`
    throw new ProxyError('cannot-write', message, { cause: error })
  }
}

function portOf(url: string): string {
  return url.startsWith('unix:') ? url.slice('unix:'.length) : new URL(url).port
}
