import { join } from 'node:path'

import { expect, it } from 'vitest'

import { MODEL_LOGIN, startModelStore } from '../testing/model-store.ts'
import { RawClient } from '../testing/raw-client.ts'
import { runProxy } from '../testing/run-proxy.ts'
import { temporaryFolder } from '../testing/temporary-folder.ts'

it('a client resumes with its old id after two restarts of the proxy without an event', async () => {
  await using folder = temporaryFolder('restart-')
  await using store = await startModelStore()
  const start = async () =>
    await runProxy({
      backEnds: [],
      blocks: { backends: [{ uri: store.streamUrl, credentials: MODEL_LOGIN }] },
      settings: { resync: { stateFile: join(folder.path, 'state.json') } },
    })
  const ids: string[] = []
  {
    await using proxy = await start()
    await proxy.healthy()
    await using client = await RawClient.get({ port: proxy.port })
    store.change(1)
    await client.received(1)
    ids.push(client.events[0]?.lastEventId ?? '')
  }
  store.setDown(true)
  {
    await using proxy = await start()
    await using other = await RawClient.get({ port: proxy.port })
    const [, earlyId = ''] = /id: (.*)/.exec(other.body.toString()) ?? []
    ids.push(earlyId)
  }
  await using proxy = await start()
  for (const id of ids) {
    await using client = await RawClient.get({
      port: proxy.port,
      fields: [`Last-Event-ID: ${id}`],
    })
    // The stream of a client whose id is unknown begins with a gap event.
    expect(client.body.toString(), id).toBe(':\n')
  }
})
