import { createServer } from 'node:http'

import { describe, expect, it } from 'vitest'

import { RunningProgram } from './testing/run-program.ts'
import { serveStore } from './testing/serve-store.ts'

async function health(...args: readonly string[]) {
  await using program = new RunningProgram('main.ts', ['health', ...args])
  const code = await program.exited()
  return { code, stdout: program.stdout, stderr: program.stderr }
}

describe('mock-content-store health', () => {
  it('mock-content-store health exits with 0 for a store that runs, and with 3 when it has ended', async () => {
    const store = await serveStore()
    expect(await health(store.url)).toEqual({ code: 0, stdout: 'healthy\n', stderr: '' })
    await store.close()
    const { code, stderr } = await health(store.url)
    expect({ code, stderr }).toEqual({ code: 3, stderr: expect.stringContaining('no answer') })
  })

  it('mock-content-store health exits with 3 for a server that is no store, and with 2 for no URL', async () => {
    const other = createServer((_request, response) => response.writeHead(404).end())
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const address = other.address()
    const port = typeof address === 'object' ? address?.port : undefined
    try {
      const { code, stderr } = await health(`http://127.0.0.1:${port}`)
      expect({ code, stderr }).toEqual({
        code: 3,
        stderr: expect.stringContaining('expected 200, got 404'),
      })
    } finally {
      other.close()
    }
    expect(await health('nonsense')).toMatchObject({ code: 2 })
  })
})
