import cluster from 'node:cluster'

import { pino } from 'pino'

import { BoundaryGuard } from '../boundary-guard.ts'
import { readConfig } from '../config/read-config.ts'
import { OwnIds } from '../fanout/event-ids.ts'
import { FrameLog } from '../fanout/frame-log.ts'
import { NameChain } from '../process/name-chain.ts'
import { WorkerPool } from '../process/worker-pool.ts'

/**
 * A program with two workers and one connector with port 0: `FILE MAIN PORT...`. `findPort` returns
 * these ports one by one. Writes the port at which the workers accept clients, or the error. On
 * SIGTERM it closes the pool while the channel of each worker reports an error, as Node does when a
 * reply fails.
 */
const [file = '', main = '', ...ports] = process.argv.slice(2)
const config = readConfig(file, process.env)
const nowMs = (): number => performance.now()
const pool = new WorkerPool({
  config,
  processes: 2,
  program: [main, '--worker'],
  epoch: 'epoch',
  log: new FrameLog({ limits: config.settings.replay, ids: new OwnIds('epoch') }),
  announcedUrls: undefined,
  chain: new NameChain('epoch', () => []),
  guard: new BoundaryGuard({ log: () => undefined, nowMs }),
  logger: pino({ level: 'silent' }),
  nowMs,
  findPort: async () => Number(ports.shift()),
})
process.once('SIGTERM', () => {
  const closed = pool.close(500)
  for (const worker of Object.values(cluster.workers ?? {})) {
    worker?.process.emit('error', new Error('write EPIPE'))
  }
  closed.then(
    () => process.exit(0),
    () => process.exit(1),
  )
})
try {
  process.stdout.write(`port ${await pool.listen({ type: 'http', host: '127.0.0.1', port: 0 })}\n`)
} catch (error) {
  process.stdout.write(`error ${String(error)}\n`)
  process.exit()
}
