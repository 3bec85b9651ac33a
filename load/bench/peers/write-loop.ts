import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { buildGo } from '../../process/go-build.ts'
import { type Contestant, freePorts, startServing } from './peer.ts'

const MODULE = fileURLToPath(new URL('../../k6', import.meta.url))

/** A bare write loop in Go, one process for each core: the minimum work of a server. */
export const writeLoop: Contestant = {
  name: 'write loop',
  source: 'reads the stream',
  version: () => Promise.resolve('this repository'),
  async start({ originUrl, workers, scratchDir, signal }) {
    const command = join(scratchDir, 'write-loop')
    await buildGo({ moduleDir: MODULE, main: './cmd/write-loop', output: command, signal })
    const ports = await freePorts(workers)
    const loops = await Promise.all(
      ports.map((port) =>
        startServing({
          name: 'write loop',
          command,
          args: ['-address', `127.0.0.1:${port}`, '-origin', originUrl],
          port,
          install: 'it is built from load/k6',
          signal,
          scratchDir,
        }),
      ),
    )
    return {
      urls: ports.map((port) => `http://127.0.0.1:${port}/`),
      pids: loops.map(({ pid }) => pid),
      async [Symbol.asyncDispose]() {
        for (const loop of loops) await loop[Symbol.asyncDispose]()
      },
    }
  },
}
