import type { Response } from 'express'

type Rewrite = (body: Buffer) => Buffer

/**
 * Lets `rewrite` change the body of a response that is sent whole. A response without a body, such
 * as a 304 or one to HEAD, stays as it is.
 */
export function rewriteBody(response: Response, rewrite: Rewrite): void {
  const parts: Buffer[] = []
  const keep = (data: unknown, encoding: unknown): void => {
    if (typeof data === 'string') parts.push(Buffer.from(data, charsetOf(encoding)))
    else if (data instanceof Uint8Array) parts.push(Buffer.from(data))
  }
  const end = response.end.bind(response)
  Object.assign(response, {
    write: (...args: readonly unknown[]): boolean => {
      keep(args[0], args[1])
      const done = callbackIn(args)
      if (typeof done === 'function') queueMicrotask(() => void done())
      return true
    },
    end: (...args: readonly unknown[]): Response => {
      keep(args[0], args[1])
      const done = callbackIn(args)
      const body = Buffer.concat(parts)
      if (typeof done === 'function') response.once('finish', () => void done())
      if (body.length === 0 || response.headersSent) return end(body)
      const changed = rewrite(body)
      response.setHeader('Content-Length', changed.length)
      return end(changed)
    },
  })
}

/** Sets a header whatever the handler sets, as the last thing before the head is sent. */
export function forceHeader(response: Response, name: string, value: string): void {
  const writeHead = response.writeHead.bind(response)
  Object.assign(response, {
    writeHead: (status: number, headers: Readonly<Record<string, string>> = {}): Response => {
      for (const [known, given] of Object.entries(headers)) response.setHeader(known, given)
      response.setHeader(name, value)
      return writeHead(status)
    },
  })
}

function callbackIn(args: readonly unknown[]): unknown {
  return args.findLast((arg) => typeof arg === 'function')
}

function charsetOf(encoding: unknown): BufferEncoding {
  return typeof encoding === 'string' && Buffer.isEncoding(encoding) ? encoding : 'utf8'
}
