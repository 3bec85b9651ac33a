import { execa } from 'execa'
import { expect, test } from 'vitest'

const COUNT = 800

/** Prints ports and keeps them while another process searches. */
const PROGRAM = `
  import { findFreePort } from '${new URL('free-port.ts', import.meta.url).href}'
  const ports = await Promise.all(Array.from({ length: ${COUNT} }, findFreePort))
  process.stdout.write(JSON.stringify(ports))
  setTimeout(() => {}, 2000)
`

test('findFreePort returns different ports to processes that search at the same time', async () => {
  const args = ['--import', 'tsx', '--input-type=module', '--eval', PROGRAM]
  const runs = await Promise.all([1, 2].map(() => execa(process.execPath, args)))
  const ports = runs.flatMap(({ stdout }): readonly number[] => JSON.parse(stdout))
  expect(ports).toHaveLength(2 * COUNT)
  expect(new Set(ports).size).toBe(2 * COUNT)
})
