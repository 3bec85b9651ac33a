import { randomInt } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'

/**
 * Below the range that systems assign for port 0, so that no other program gets one of these ports.
 */
const RANGE = [10_000, 30_000] as const

/** Programs take a moment until they listen. */
const RESERVED_MS = 20_000

/**
 * Returns a free loopback port that no recent run of the suite has used, for a program that needs
 * its port as a setting.
 */
export async function findFreePort(): Promise<number> {
  for (;;) {
    const port = randomInt(...RANGE)
    if ((await reserve(port)) && (await isFreePort(port))) return port
  }
}

/**
 * Reserves the port by binding the UDP port of the same number for a while, so that other searching
 * processes skip it.
 */
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
