import { parseArgs } from 'node:util'

import { startBarrierServer } from './barrier-server.ts'

// For runs whose shards another program starts, for example k6-operator.
const { values } = parseArgs({
  options: {
    shards: { type: 'string' },
    port: { type: 'string', default: '7400' },
    host: { type: 'string', default: '127.0.0.1' },
  },
})
const shards = Number(values.shards)
if (!Number.isInteger(shards) || shards < 1) {
  process.stderr.write('--shards: expected the number of shards, as SHARDS in the scripts\n')
  process.exitCode = 2
} else {
  const server = await startBarrierServer({ shards, port: Number(values.port), host: values.host })
  process.stdout.write(`listening on ${server.url}\n`)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void server[Symbol.asyncDispose]())
  }
}
