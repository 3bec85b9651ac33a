import { Agent, request } from 'node:http'
import { connect } from 'node:net'

const AUTHORIZATION = `Basic ${btoa('user:password')}`
/**
 * Closes idle connections before the store does, so that no request uses one that is just closing.
 */
const IDLE_MS = 2000
const agent = new Agent({ keepAlive: true, maxSockets: 256, timeout: IDLE_MS })

interface Sent {
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** One request on a kept-alive connection. Throws for a status of 400 and above. */
export async function send(
  method: string,
  url: string,
  { body, headers }: Sent = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const all = {
      ...headers,
      authorization: AUTHORIZATION,
      ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }),
    }
    const sent = request(url, { method, agent, headers: all }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.once('error', reject)
      response.once('end', () => {
        const text = Buffer.concat(chunks).toString()
        if ((response.statusCode ?? 500) < 400) resolve(text)
        else reject(new Error(`${method} ${url}: ${String(response.statusCode)} ${text}`))
      })
    })
    sent.once('error', reject)
    sent.end(body)
  })
}

export function closeConnections(): void {
  agent.destroy()
}

/**
 * Opens a stream. `onBytes` gets the raw bytes after the head. Returns a function that ends it.
 * Uses a plain socket, because 200 HTTP parsers would take more processor time than the measured
 * store.
 */
export async function openStream(
  url: string,
  onBytes: (bytes: Buffer) => void,
): Promise<() => void> {
  const { hostname, port, pathname, host } = new URL(url)
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname)
    const fields = [`Host: ${host}`, `Authorization: ${AUTHORIZATION}`]
    socket.write([`GET ${pathname} HTTP/1.1`, ...fields, '', ''].join('\r\n'))
    socket.once('error', reject)
    socket.once('data', (head) => {
      socket.on('data', onBytes)
      if (head.includes('200 OK')) resolve(() => socket.destroy())
      else socket.destroy(new Error(`${url}: ${head.toString()}`))
    })
  })
}
