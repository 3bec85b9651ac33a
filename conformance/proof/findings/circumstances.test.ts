import { expect, test } from 'vitest'

import { judgeRelay } from './testing/broken-proxy.ts'
import type { SuiteRun } from '../../run-suite.ts'

function findingOf({ results }: SuiteRun, id: string): string {
  const verdict = results.find(({ check }) => check.id === id)?.verdict
  return `${verdict?.symptom}: ${verdict?.reason}`
}

test('a finding says that the target had ended the response, and when', async () => {
  const run = await judgeRelay('setTimeout(() => response.end(), 1500)', ['flush.after-idle'])
  expect(findingOf(run, 'flush.after-idle')).toMatch(
    /^stream-ended: the target ended the response properly \d\.\d s after client 1 had connected, before "data: after/,
  )
})

test('a finding says that the target had answered with an error', async () => {
  const run = await judgeRelay(
    "if ('accept-encoding' in request.headers) return void response.writeHead(404).end()",
    ['flush.accept-gzip'],
  )
  expect(findingOf(run, 'flush.accept-gzip')).toMatch(
    /^not-forwarded: the target answered 404 Not Found by itself \(if it serves the stream under one path only/,
  )
})

test('a finding distinguishes a lost event from a late one', async () => {
  const lose =
    'response.write = ((write) => (bytes) => /step 3/.test(bytes) || write.call(response, bytes))(response.write)'
  const hold =
    "response.write = ((write) => { let held = ''; return (bytes) => { const now = held; held = bytes; return now === '' || write.call(response, now) } })(response.write)"
  const lost = await judgeRelay(lose, ['flush.lockstep'])
  expect(findingOf(lost, 'flush.lockstep')).toMatch(/^lost-event: .*step 3.*never came, although/)
  const late = await judgeRelay(`if ('accept-encoding' in request.headers) { ${hold} }`, [
    'flush.accept-gzip',
  ])
  expect(findingOf(late, 'flush.accept-gzip')).toMatch(/^late-event: .*came only after the next/)
})
