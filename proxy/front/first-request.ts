import type { Socket } from 'node:net'

import type { AdminPlace } from '../config/connector.ts'
import { isAdminPath } from './admin-relay.ts'
import type { ForwardedField } from './forwarded.ts'
import { readStreamRequest, type StreamRequest } from './stream-request.ts'

export interface FirstRequestOptions {
  readonly maxHeadBytes: number
  readonly forwardedField: ForwardedField
  /** Requests for admin pages are no requests for a stream. */
  readonly admin: AdminPlace | undefined
  /** Runs work whose exception costs this connection only. */
  readonly guarded: (socket: Socket, work: () => void) => void
  readonly onStream: (socket: Socket, request: StreamRequest) => void
  /** Any other request: `bytes` are what has arrived of it. */
  readonly onOther: (socket: Socket, bytes: Buffer) => void
}

/** Tells the requests for a stream from all others, from the first bytes of a connection. */
export class FirstRequest {
  readonly #options: FirstRequestOptions

  constructor(options: FirstRequestOptions) {
    this.#options = options
  }

  take(socket: Socket, bytes: Buffer): void {
    const request = this.#read(bytes)
    if (request === 'incomplete') this.#awaitRest(socket, bytes)
    else this.#choose(socket, bytes, request)
  }

  /**
   * Waits for the rest of a head that arrived in two pieces. A head in more pieces goes to
   * `node:http`, which keeps its place in it: to read it again with every piece takes quadratic
   * time.
   */
  #awaitRest(socket: Socket, firstBytes: Buffer): void {
    const take = (rest: Buffer): void => {
      socket.off('data', take)
      socket.off('end', takeAlone)
      this.#options.guarded(socket, () => {
        const bytes = Buffer.concat([firstBytes, rest])
        const request = this.#read(bytes)
        this.#choose(socket, bytes, request === 'incomplete' ? undefined : request)
      })
    }
    const takeAlone = (): void => take(Buffer.alloc(0))
    socket.off('end', endToo)
    socket.on('data', take)
    socket.on('end', takeAlone)
  }

  #read(bytes: Buffer): ReturnType<typeof readStreamRequest> {
    const { maxHeadBytes, forwardedField } = this.#options
    return readStreamRequest(bytes, maxHeadBytes, forwardedField)
  }

  #choose(socket: Socket, bytes: Buffer, request: StreamRequest | undefined): void {
    const { admin, onStream, onOther } = this.#options
    const isForAdmin = admin !== undefined && isAdminPath(request?.path ?? '', admin)
    if (request !== undefined && !isForAdmin) {
      onStream(socket, request)
      return
    }
    // After half a request and an end, `node:http` answers what is wrong with it.
    socket.off('end', endToo)
    onOther(socket, bytes)
  }
}

/**
 * Ends the connection when the client ends its side: no client half-closes a connection and then
 * reads a stream.
 */
export function endWithClient(socket: Socket): void {
  socket.off('end', endToo)
  socket.on('end', endToo)
}

/** One function for all sockets. */
function endToo(this: Socket): void {
  this.end()
}
