import type { ClientRequest, IncomingMessage } from 'node:http'
import { request } from 'node:http'

/** What polyfills use of a browser's `XMLHttpRequest`, over real connections. */
export class HttpRequest {
  onreadystatechange: (() => void) | undefined
  /** Called before the polyfill hears of the end of its response. */
  onEnd: (() => void) | undefined
  readyState = 0
  status = 0
  responseText = ''
  readonly #headers: Record<string, string> = {}
  #url = ''
  #request: ClientRequest | undefined
  #response: IncomingMessage | undefined

  open(_method: string, url: string): void {
    this.#url = url
    this.#become(1)
  }

  setRequestHeader(name: string, value: string): void {
    this.#headers[name] = value
  }

  getResponseHeader(name: string): string | null {
    const value = this.#response?.headers[name.toLowerCase()]
    return typeof value === 'string' ? value : null
  }

  send(): void {
    this.#request = request(this.#url, { headers: this.#headers, agent: false }, (response) => {
      this.#response = response
      this.status = response.statusCode ?? 0
      response.setEncoding('utf8')
      response.on('data', (text: string) => {
        this.responseText += text
        this.#become(3)
      })
      response.once('close', () => this.#become(4))
      this.#become(2)
    })
    this.#request.once('error', () => this.#become(4))
    this.#request.end()
  }

  abort(): void {
    this.#request?.destroy()
  }

  #become(readyState: number): void {
    this.readyState = readyState
    if (readyState === 4) this.onEnd?.()
    this.onreadystatechange?.()
  }
}
