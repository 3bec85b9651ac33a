import { randomInt } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'

/** Below the ports that systems assign for port 0, so that no program is assigned one that we are about to use. */
const RANGE = [10_000, 30_000] as const

/** Programs take a moment until they listen. */
const RESERVED_MS = 20_000

/** A port on loopback that is free and that no run of the suite has used lately, for a program that takes its port as a setting. */
export async function findFreePort(): Promise<number> {
  for (;;) {
    const port = randomInt(...RANGE)
    if ((await reserve(port)) && (await isFreePort(port))) return port
  }
}

/** Takes the UDP port of the same number for a while: other processes that look for a port see that this one is given away. */
function reserve(port: number): Promise<boolean> {
  const reservation = createSocket('udp4').unref()
  return new Promise((resolve) => {
    reservation.once('error', () => {
      reservation.close()
      resolve(false)
    })
    reservation.bind({ port, address: '127.0.0.1', exclusive: true }, () => {
      setTimeout(() => reservation.close(), RESERVED_MS).unref()
      resolve(true)
    })
  })
}

/** Whether this port of the loopback address is free. */
export function isFreePort(port: number): Promise<boolean> {
  const server = createServer()
  return new Promise((resolve) => {
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
