import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'

import { startLongPoll } from './long-poll.ts'

const { values } = parseArgs({
  options: {
    store: { type: 'string', default: 'http://127.0.0.1:8080' },
    port: { type: 'string', default: '0' },
    'port-file': { type: 'string' },
  },
})
const { store, 'port-file': portFile } = values
/** Every user of the machine can read a command line. */
const login = process.env['LONG_POLL_LOGIN'] ?? 'user:password'
const longPoll = await startLongPoll({ store, login, port: Number(values.port) })
if (portFile !== undefined) writeFileSync(portFile, `${new URL(longPoll.url).port}\n`)
process.stdout.write(`listening on ${longPoll.url}\n`)
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void longPoll[Symbol.asyncDispose]())
}
