import type { Socket } from 'node:net'
import { readBody, requestFraming, type BodyEnd, type Framing } from './body.ts'
import type { FrontFaults } from './front-faults.ts'
import type { RequestHead, ResponseHead } from './head.ts'
import { listen, type Listener } from './listener.ts'
import { readRequestHead } from './request-reader.ts'
import { ResponseWriter } from './response-writer.ts'
import { SocketReader } from './socket-reader.ts'

/** One request of one client. Its handler answers it and returns when the response has ended. */
export interface Exchange {
  readonly client: Socket
  readonly request: RequestHead
  readonly framing: Framing
  /** The request's body, for handlers that read it; the rest is skipped afterwards. */
  readonly body: AsyncGenerator<Buffer, BodyEnd, undefined>
  /** Reads nothing more from the client: its stream lasts [protocol §5.15]. */
  discardRest(): void
  /** Sends the head at once. Called once per exchange. */
  respond(response: ResponseHead): ResponseWriter
}

/**
 * Accepts clients and passes their requests to the handler one after another, as long as
 * connections persist.
 */
export async function serveClients(
  port: number,
  faults: FrontFaults,
  onExchange: (exchange: Exchange) => Promise<void>,
): Promise<Listener> {
  let clients = 0
  let open = 0
  const serve = (client: Socket): void => {
    clients += 1
    open += 1
    client.on('close', () => {
      open -= 1
    })
    const fate = faults.client?.(clients, open) ?? 'serve'
    if (fate === 'close') client.destroy()
    if (fate === 'serve') void serveClient(client, faults, onExchange)
  }
  return await listen(port, serve, { queue: faults.queue })
}

async function serveClient(
  client: Socket,
  faults: FrontFaults,
  onExchange: (exchange: Exchange) => Promise<void>,
): Promise<void> {
  const reader = new SocketReader(client)
  const { closesOnRefusal = false, mostRequests = Infinity, refusalPage = '' } = faults.heads ?? {}
  for (let nth = 1; ; nth += 1) {
    const head = await readRequestHead(client, reader, faults.heads ?? {}, nth)
    const isCut = nth > mostRequests || (head.kind === 'refused' && closesOnRefusal)
    if (head.kind === 'gone' || isCut) return void client.destroy()
    if (head.kind === 'refused') return void client.end(refusal(head.status, refusalPage))
    const { request } = head
    const framing = faults.heads?.framing?.(request) ?? requestFraming(request)
    // [http/1.1 §6.3] A body with an ambiguous end allows request smuggling.
    if (framing === 'faulty') return void client.end(refusal('400 Bad Request', refusalPage))
    if (faults.heads?.answersMeanwhile === true) {
      client.once('data', () => client.write(refusal('400 Bad Request')))
    }
    const { onExtraBytes } = faults.heads ?? {}
    if (onExtraBytes === 'close') client.once('data', () => client.destroy())
    if (onExtraBytes === 'silence') client.once('data', () => client.cork())
    let writer: ResponseWriter | undefined
    const body = readBody(reader, framing, faults.heads?.chunks)
    const respond = (response: ResponseHead) =>
      (writer = new ResponseWriter(client, request, response, faults))
    const discardRest = (): void => reader.discard()
    await onExchange({ client, request, framing, body, discardRest, respond })
    // The writer ends a connection that does not persist, as its response requires.
    if (writer?.persistent !== true) return
    if ((await skip(body)) === 'cut') return void client.end()
    if (faults.heads?.dropsPipelined === true) reader.forget()
  }
}

/** Skips the rest of a body that the handler did not read. */
async function skip(body: AsyncGenerator<Buffer, BodyEnd, undefined>): Promise<BodyEnd> {
  for (;;) {
    const next = await body.next()
    // A body that was fully read needs no skipping.
    if (next.done === true) return next.value ?? 'complete'
  }
}

function refusal(status: string, page = ''): string {
  return `HTTP/1.1 ${status}\r\nContent-Length: ${page.length}\r\nConnection: close\r\n\r\n${page}`
}
