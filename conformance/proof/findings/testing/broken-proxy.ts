import { describeTarget } from '../../../drivers/target-file.ts'
import { spawnedTarget } from '../../../drivers/spawned-target.ts'
import { CATALOGUE } from '../../../checks/catalogue.ts'
import type { StreamCheck } from '../../../checks/stream-check.ts'
import { runSuite, type SuiteRun } from '../../../run-suite.ts'

/**
 * A small gateway as people write it with Node's own modules. `fault` is code that runs on each
 * request.
 */
export function relayProgram(fault: string): string {
  return `
    const http = require('node:http')
    const [port, backend] = process.argv.slice(1)
    let clients = 0
    http.createServer((request, response) => {
      clients += 1
      ${fault}
      const { host, ...headers } = request.headers
      const url = new URL(request.url, backend)
      const { method } = request
      const back = http.request(url, { method, headers, agent: false }, (answer) => {
        response.writeHead(answer.statusCode, answer.headers)
        response.flushHeaders()
        answer.pipe(response)
        answer.on('error', () => response.destroy())
      })
      back.on('error', () => response.destroy())
      response.on('close', () => back.destroy())
      request.pipe(back)
    }).listen(Number(port), '127.0.0.1')`
}

/** Judges the gateway with this fault by some checks of the catalogue, gates included. */
export async function judgeRelay(fault: string, ids: readonly string[]): Promise<SuiteRun> {
  const file = describeTarget({
    name: 'relay',
    product: 'a relay with a fault',
    role: 'gateway',
    spawn: [
      { command: [process.execPath, '-e', relayProgram(fault), '{frontPort}', '{backendUrl}'] },
    ],
  })
  return await runSuite({
    target: {
      driver: spawnedTarget(file, file.spawn ?? []),
      product: file.product,
      file,
      flags: '--target relay.yaml',
    },
    selection: { only: [], skip: [], maxIdleSeconds: 0 },
    checks: checksNamed(ids),
    serial: true,
    onResult: () => {},
  })
}

function checksNamed(ids: readonly string[]): readonly StreamCheck[] {
  return CATALOGUE.filter(({ id, level }) => level === 'gate' || ids.includes(id))
}
