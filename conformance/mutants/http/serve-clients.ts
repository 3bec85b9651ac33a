import type { Socket } from 'node:net'
import type { FrontFaults } from './front-faults.ts'
import { parseRequestHead, type RequestHead, type ResponseHead } from './head.ts'
import { listen, type Listener } from './listener.ts'
import { ResponseWriter } from './response-writer.ts'
import { SocketReader } from './socket-reader.ts'

const MAX_HEAD_BYTES = 64 * 1024
const HEAD_TIMEOUT_MS = 10_000

/** One request of one client. Whoever gets it answers it, and returns when the answer is over. */
export interface Exchange {
  readonly client: Socket
  readonly reader: SocketReader
  readonly request: RequestHead
  /** Sends the head at once. Called once per exchange. */
  respond(response: ResponseHead): ResponseWriter
}

/** Accepts clients and hands on their requests one after another, as long as connections persist. */
export async function serveClients(
  port: number,
  faults: FrontFaults,
  onExchange: (exchange: Exchange) => Promise<void>,
): Promise<Listener> {
  let clients = 0
  return await listen(port, (client) => {
    clients += 1
    const fate = faults.client?.(clients) ?? 'serve'
    if (fate === 'close') client.destroy()
    if (fate === 'serve') void serveClient(client, faults, onExchange)
  })
}

async function serveClient(
  client: Socket,
  faults: FrontFaults,
  onExchange: (exchange: Exchange) => Promise<void>,
): Promise<void> {
  const reader = new SocketReader(client)
  for (;;) {
    const head = await readRequestHead(client, reader)
    if (head.kind === 'gone') return void client.destroy()
    if (head.kind === 'refused') {
      client.end(`HTTP/1.1 ${head.status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`)
      return
    }
    let writer: ResponseWriter | undefined
    const { request } = head
    const respond = (response: ResponseHead) =>
      (writer = new ResponseWriter(client, request, response, faults))
    await onExchange({ client, reader, request, respond })
    if (writer?.persistent !== true) return
  }
}

type HeadRead =
  | { readonly kind: 'head'; readonly request: RequestHead }
  | { readonly kind: 'refused'; readonly status: string }
  | { readonly kind: 'gone' }

async function readRequestHead(client: Socket, reader: SocketReader): Promise<HeadRead> {
  const deadline = setTimeout(() => client.destroy(), HEAD_TIMEOUT_MS)
  const read = await reader.readUntil('\r\n\r\n', MAX_HEAD_BYTES)
  clearTimeout(deadline)
  if (read.kind === 'end') return { kind: 'gone' }
  if (read.kind === 'too-long') {
    return { kind: 'refused', status: '431 Request Header Fields Too Large' }
  }
  // [http/1.1 §2.2] empty lines before a request line are skipped.
  const request = parseRequestHead(read.text.replace(/^(?:\r\n)+/, ''))
  return request === undefined
    ? { kind: 'refused', status: '400 Bad Request' }
    : { kind: 'head', request }
}
