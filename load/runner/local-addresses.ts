import { once } from 'node:events'
import { createServer } from 'node:net'

import { LoadError } from '../errors.ts'

/**
 * Throws `cannot-start` unless connections can be made from each of these addresses, ranges and
 * networks, of which the first address is tried.
 */
export async function requireLocal(addresses: readonly string[]): Promise<void> {
  for (const address of addresses) {
    const server = createServer().listen(0, firstAddressOf(address))
    try {
      await once(server, 'listening')
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      throw new LoadError(
        'cannot-start',
        `--local-ips: expected addresses of this machine, got ${address}: ${reason}`,
        { cause: error },
      )
    } finally {
      server.close()
    }
  }
}

/** `10.0.0.1` of a range `10.0.0.1-10.0.0.9`, of a network `10.0.0.1/24`, or of itself. */
export function firstAddressOf(text: string): string {
  return text.split(/[-/]/)[0] ?? ''
}
