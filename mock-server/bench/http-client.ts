import { Agent, request } from 'node:http'

const AUTHORIZATION = `Basic ${btoa('user:password')}`
const agent = new Agent({ keepAlive: true, maxSockets: 256 })

/** One request on a kept connection. Throws for a status of 400 and above. */
export async function send(method: string, url: string, body?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = {
      authorization: AUTHORIZATION,
      ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }),
    }
    const sent = request(url, { method, agent, headers }, (response) => {
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

/** Opens a stream; `onChunk` gets what comes. Returns a function that ends it. */
export async function openStream(
  url: string,
  onChunk: (chunk: Buffer) => void,
): Promise<() => void> {
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      { agent: false, headers: { authorization: AUTHORIZATION } },
      (response) => {
        response.setEncoding('utf8')
        response.on('data', onChunk)
        response.on('error', () => {}) // The end of the run cuts it.
        resolve(() => sent.destroy())
      },
    )
    sent.once('error', reject)
    sent.end()
  })
}
