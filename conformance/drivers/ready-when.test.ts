import { expect, test } from 'vitest'

import { StreamLane } from '../rig/stream-lane.ts'
import { runChecks } from '../runner/run.ts'
import { BASE_CHECKS } from '../checks/stream/base.ts'
import { spawnedTarget } from './spawned-target.ts'
import { describeTarget } from './target-file.ts'

const NOT_YET = 5

/** A gateway that answers its first requests with 404, because it has no routes yet. */
const LATE_GATEWAY = `
  const http = require('node:http')
  const [port, backend] = process.argv.slice(1)
  let requests = 0
  http.createServer((request, response) => {
    requests += 1
    if (requests <= ${NOT_YET}) return response.writeHead(404).end()
    const upstream = http.request(backend + request.url, { headers: request.headers }, (answer) => {
      response.writeHead(answer.statusCode, answer.headers)
      answer.pipe(response)
    })
    upstream.on('error', () => response.destroy())
    request.pipe(upstream)
  }).listen(Number(port), '127.0.0.1')
`

test('a target with readyWhen passes is judged from the first request that reaches the back end on', async () => {
  const file = describeTarget({
    name: 'late',
    product: 'a gateway without routes at first',
    role: 'gateway',
    spawn: {
      command: [process.execPath, '-e', LATE_GATEWAY, '{frontPort}', '{backendUrl}'],
      readyWhen: 'passes',
    },
  })
  const driver = spawnedTarget(file, file.spawn ?? [])
  const results = await runChecks({
    checks: BASE_CHECKS.filter(({ id }) => id === 'base.reach' || id === 'base.token'),
    driver,
    selection: { only: [], skip: [], maxIdleSeconds: 0 },
    lanes: 1,
    gated: true,
    openLane: () => new StreamLane({ driver, calibration: { holdMs: 2000 } }),
    onResult: () => {},
  })
  expect(results.map(({ check, verdict }) => [check.id, verdict.kind])).toEqual([
    ['base.reach', 'PASS'],
    ['base.token', 'PASS'],
  ])
})
