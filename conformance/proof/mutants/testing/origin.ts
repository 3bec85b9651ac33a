import type { Socket } from 'node:net'
import { listen } from '../http/listener.ts'
import { eventually } from './eventually.ts'

/** One connection that a proxy opened to the back end under test. */
interface OriginConnection {
  readonly socket: Socket
  /** Everything the proxy has sent, as latin1. */
  readonly received: () => string
  readonly gone: () => boolean
}

/** A back end whose responses the test writes. */
export interface Origin extends AsyncDisposable {
  readonly url: string
  readonly connections: readonly OriginConnection[]
  /** The `nth` request, counted from 1, once its head is complete. */
  request(nth: number): Promise<OriginConnection>
}

export const STREAM_HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n'
export const CHUNKED_HEAD = `${STREAM_HEAD}Transfer-Encoding: chunked\r\n\r\n`

/** Listens. Answers each request with `answer`, if given, as soon as its head has arrived. */
export async function startOrigin(answer?: string | Buffer): Promise<Origin> {
  const connections: OriginConnection[] = []
  const listener = await listen(0, (socket) => {
    let text = ''
    let gone = false
    socket.on('data', (bytes: Buffer) => {
      const before = text.includes('\r\n\r\n')
      text += bytes.toString('latin1')
      if (!before && text.includes('\r\n\r\n') && answer !== undefined) socket.write(answer)
    })
    socket.on('close', () => {
      gone = true
    })
    connections.push({ socket, received: () => text, gone: () => gone })
  })
  return {
    url: `${listener.url}/events`,
    connections,
    request: (nth) =>
      eventually(`request ${nth} at the back end`, () => {
        const connection = connections[nth - 1]
        return connection?.received().includes('\r\n\r\n') === true ? connection : undefined
      }),
    [Symbol.asyncDispose]: () => listener.close(),
  }
}

export function chunk(text: string): Buffer {
  const bytes = Buffer.from(text, 'latin1')
  return Buffer.concat([
    Buffer.from(`${bytes.length.toString(16)}\r\n`),
    bytes,
    Buffer.from('\r\n'),
  ])
}
