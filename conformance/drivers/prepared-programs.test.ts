import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect, test } from 'vitest'

import { PreparedPrograms } from './prepared-programs.ts'
import { describeTarget, type ProgramSettings } from './target-file.ts'

function programs(...prepare: readonly string[]): readonly ProgramSettings[] {
  const command = ['node', '{buildDir}/main.js']
  const spawn = [{ command, cwd: process.cwd(), ...(prepare.length > 0 && { prepare }) }]
  return describeTarget({ name: 'x', product: 'x', role: 'gateway', spawn }).spawn ?? []
}

test('PreparedPrograms builds once, in a folder that the placeholder buildDir names', async () => {
  const prepared = new PreparedPrograms(
    programs('sh', '-c', 'echo built >> "$0"/log', '{buildDir}'),
  )
  const [first, second] = await Promise.all([prepared.values(), prepared.values()])
  expect(second).toEqual(first)
  expect(readFileSync(join(first['buildDir'] ?? '', 'log'), 'utf8')).toBe('built\n')
})

test('PreparedPrograms rejects with the output of a command that failed', async () => {
  const prepared = new PreparedPrograms(programs('sh', '-c', 'echo no compiler >&2; exit 3'))
  await expect(prepared.values()).rejects.toThrow(/^prepare: .*exit code 3.*\nno compiler$/s)
})

test('PreparedPrograms has no values for programs that need no preparation', async () => {
  expect(await new PreparedPrograms(programs()).values()).toEqual({})
})
