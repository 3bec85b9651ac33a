import { createServer, type IncomingHttpHeaders } from 'node:http'
import { Duplex } from 'node:stream'

/** How `node:http` read a request head; undefined = it refused it. */
export interface ReadHead {
  readonly method: string
  readonly url: string
  readonly httpVersion: string
  readonly headers: IncomingHttpHeaders
}

/**
 * Reads request heads with `node:http`, about 10,000 per second. It gets streams and never listens.
 */
export class NodeHttpJudge {
  readonly #server = createServer()

  async judge(head: Buffer): Promise<ReadHead | undefined> {
    const stream = new Duplex({ read: () => {}, write: (_chunk, _encoding, done) => done() })
    const judgement = new Promise<ReadHead | undefined>((resolve) => {
      this.#server.removeAllListeners('request').once('request', (request) => {
        const { method = '', url = '', httpVersion, headers } = request
        resolve({ method, url, httpVersion, headers })
      })
      this.#server.removeAllListeners('clientError').once('clientError', () => resolve(undefined))
    })
    this.#server.emit('connection', stream)
    stream.push(head)
    const result = await judgement
    stream.destroy()
    return result
  }
}
