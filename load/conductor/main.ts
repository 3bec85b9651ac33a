import { parseArgs } from 'node:util'

import { startConductor } from './conductor.ts'

// For runs whose parts are started by something else than `npm run load`, such as k6-operator.
const { values } = parseArgs({
  options: {
    parties: { type: 'string' },
    port: { type: 'string', default: '7400' },
    host: { type: 'string', default: '127.0.0.1' },
  },
})
const parties = Number(values.parties)
if (!Number.isInteger(parties) || parties < 1) {
  process.stderr.write('--parties: expected the number of parts, as PARTS in the scripts\n')
  process.exitCode = 2
} else {
  const conductor = await startConductor({ parties, port: Number(values.port), host: values.host })
  process.stdout.write(`listening on ${conductor.url}\n`)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void conductor[Symbol.asyncDispose]())
  }
}
