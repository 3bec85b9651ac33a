import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'

import { execa } from 'execa'
import { expect, onTestFinished, test } from 'vitest'

import { PreparedPrograms } from './prepared-programs.ts'
import { describeTarget, type ProgramSettings } from './target-file.ts'
import { TemporaryFolder } from './temporary-folder.ts'

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
  const { buildDir = '' } = first
  expect(readFileSync(join(buildDir, 'log'), 'utf8')).toBe('built\n')
  rmSync(buildDir, { recursive: true })
})

test('PreparedPrograms rejects with the output of a command that failed', async () => {
  const prepared = new PreparedPrograms(programs('sh', '-c', 'echo no compiler >&2; exit 3'))
  await expect(prepared.values()).rejects.toThrow(/^prepare: .*exit code 3.*\nno compiler$/s)
})

test('PreparedPrograms removes its folder at once when a command fails', async () => {
  const prepared = new PreparedPrograms(programs('sh', '-c', 'echo "$0"; exit 3', '{buildDir}'))
  const message = await prepared.values().then(() => 'no error', String)
  const [, folder = ''] = /\n(\/.*)$/.exec(message) ?? []
  expect(folder).toContain('conformance-build-')
  expect(existsSync(folder)).toBe(false)
})

test('PreparedPrograms kills what a command has left running, and does not wait for it', async () => {
  const prepared = new PreparedPrograms(programs('sh', '-c', 'sleep 1000 & echo "left $!"; exit 3'))
  const message = await prepared.values().then(() => 'no error', String)
  const [, pid] = /\nleft (\d+)$/.exec(message) ?? []
  expect(Number(pid)).toBeGreaterThan(0)
  await expect.poll(() => isRunning(Number(pid))).toBe(false)
})

test('PreparedPrograms leaves no compiler and no folder when a signal ends the process', async () => {
  // Ignores SIGTERM, and creates its folder again and again for a minute or longer.
  const loop = 'while [ $n -lt 200000 ]; do mkdir -p "$0"; n=$((n + 1)); done'
  const prepare = ['sh', '-c', `trap "" TERM; n=0; echo "$$ $0" > "$1"; ${loop}`, '{buildDir}']
  const scratch = new TemporaryFolder('conformance-test-')
  onTestFinished(() => scratch.remove())
  const file = join(scratch.path, 'started')
  const code = `
    import { PreparedPrograms } from '${new URL('prepared-programs.ts', import.meta.url).href}'
    await new PreparedPrograms(${JSON.stringify(programs(...prepare, file))}).values()`
  const args = ['--import', import.meta.resolve('tsx'), '--input-type=module', '-e', code]
  const run = execa(process.execPath, args, { reject: false })
  await expect.poll(() => existsSync(file) && readFileSync(file, 'utf8')).toMatch(/\n/)
  const [pid, folder = ''] = readFileSync(file, 'utf8').trim().split(' ')
  run.kill('SIGTERM')
  expect((await run).signal).toBe('SIGTERM')
  await expect.poll(() => isRunning(Number(pid))).toBe(false)
  expect(folder).toContain('conformance-build-')
  expect(existsSync(folder)).toBe(false)
})

test('PreparedPrograms has no values for programs that need no preparation', async () => {
  expect(await new PreparedPrograms(programs()).values()).toEqual({})
})

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
