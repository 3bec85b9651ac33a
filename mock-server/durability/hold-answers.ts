import type { RequestHandler, Response } from 'express'

import type { SpaceKeeper } from './keep-space.ts'

/**
 * Ends each response once everything that it may show is safe. A response without its end is none,
 * so pieces that are sent earlier do no harm.
 */
export function holdAnswers({ whenSafe }: Pick<SpaceKeeper, 'whenSafe'>): RequestHandler {
  return (_request, response, next) => {
    // As Node's `end`: every argument is optional.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    const end = response.end.bind(response) as (...args: readonly unknown[]) => Response
    response.end = (...args: readonly unknown[]) => {
      whenSafe(
        () => end(...args),
        (error) => sendFailure(response, end, error),
      )
      return response
    }
    next()
  }
}

function sendFailure(response: Response, end: (text: string) => Response, error: Error): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  for (const name of response.getHeaderNames()) response.removeHeader(name)
  response.status(503).type('text/plain')
  end(`dataDir: the disk failed: ${error.message}; restart the store, and read what it kept\n`)
}
