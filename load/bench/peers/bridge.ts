import { once } from 'node:events'

import { EventSource } from 'eventsource'

import { LoadError } from '../../errors.ts'

/**
 * A hub opens no stream itself: somebody has to read the back end's and post each event. This does, one after the other, and
 * its time counts as the hub's, whose users would need the same.
 */
export async function startBridge(
  originUrl: string,
  post: (data: string) => Promise<Response>,
): Promise<AsyncDisposable> {
  const stream = new EventSource(originUrl)
  let posted = Promise.resolve()
  stream.addEventListener('message', ({ data }) => {
    posted = posted.then(() => postOne(String(data))).catch(tell)
  })
  await once(stream, 'open')
  return {
    async [Symbol.asyncDispose]() {
      stream.close()
      await posted
    },
  }

  async function postOne(data: string): Promise<void> {
    const response = await post(data)
    const text = await response.text()
    if (!response.ok) throw new LoadError('crashed', `a hub answers ${response.status}: ${text}`)
  }
}

/** An event that did not come through is found by the crowd; here is why. */
function tell(error: unknown): void {
  process.stderr.write(`bridge: ${error instanceof Error ? error.message : String(error)}\n`)
}
