import { LIMITS } from '../../content/limits.ts'
import type { StruckConnection } from '../struck-connection.ts'
import { lastFor } from '../struck-connection.ts'

/**
 * Nothing more is read from the connection: neither the next request nor that the client has
 * closed it. What the store sends still goes.
 */
export const HALF_OPEN = {}

/**
 * Connections that are not read. The store cannot see that their clients have gone, so at most
 * `max` of them are kept: beyond it, the oldest one is read again.
 */
export class HalfOpenConnections {
  readonly #max: number
  /** Each reads its connection again. Oldest first. */
  readonly #resumes = new Set<() => void>()

  constructor(max: number) {
    this.#max = max
  }

  /**
   * Stops reading until the fault is over. The server would resume reading with the next message,
   * and close the connection by its idle timeout. It can do neither meanwhile.
   */
  stopReading({
    socket,
    ...connection
  }: Pick<StruckConnection, 'socket' | 'clock' | 'lives'>): void {
    socket.pause()
    socket.setTimeout(0)
    for (const method of ['resume', 'setTimeout'])
      Object.defineProperty(socket, method, { configurable: true, value: () => socket })
    // Longer than the request or the stream: until the fault is over, or the connection is gone.
    const resume = lastFor({ ...connection, lives: connection.lives.slice(0, 1) }, () => {
      this.#resumes.delete(resume)
      Reflect.deleteProperty(socket, 'setTimeout')
      Reflect.deleteProperty(socket, 'resume')
      socket.resume()
    })
    socket.once('close', resume)
    this.#resumes.add(resume)
    const [oldest] = this.#resumes
    if (this.#resumes.size > this.#max) oldest?.()
  }
}

/** Those of the process: they are bounded by its open files. */
export const halfOpenConnections = new HalfOpenConnections(LIMITS.halfOpenConnections)
