import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'

import { startOrigin } from './origin.ts'

const { values } = parseArgs({
  options: {
    host: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string', default: '0' },
    'port-file': { type: 'string' },
  },
})
const origin = await startOrigin(Number(values.port), values.host)
const portFile = values['port-file']
if (portFile !== undefined) writeFileSync(portFile, `${new URL(origin.url).port}\n`)
process.stdout.write(`listening on ${origin.url}\n`)
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void origin[Symbol.asyncDispose]())
}
