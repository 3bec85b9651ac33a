import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

/** Below the ports that systems hand out for port 0, so that nobody is given one that we are about to use. */
const RANGE = [10_000, 30_000] as const

/** How many ports are remembered as given away: programs take a moment until they listen. */
const MOST_REMEMBERED = 2000

const given = new Set<number>()

/** A port on loopback that nobody listens on and nobody else was given lately, for a program that must be told one. */
export async function findFreePort(): Promise<number> {
  for (;;) {
    const port = randomInt(...RANGE)
    if (given.has(port)) continue
    remember(port)
    if (await isFreePort(port)) return port
  }
}

function remember(port: number): void {
  const [oldest] = given
  if (given.size >= MOST_REMEMBERED && oldest !== undefined) given.delete(oldest)
  given.add(port)
}

/** Whether nobody listens on this port of the loopback address. */
export function isFreePort(port: number): Promise<boolean> {
  const server = createServer()
  return new Promise((resolve) => {
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
