import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'

import { afterAll, describe, expect, it } from 'vitest'

import { exitCode } from '../errors.ts'
import { Output } from '../output.ts'
import { runScenarios } from './run-command.ts'

const folder = mkdtempSync(join(tmpdir(), 'scenarios-'))
afterAll(() => rmSync(folder, { recursive: true }))

function file(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

const passing = file('passing.yaml', 'name: A & B\nsteps:\n  - create: {section: 22, title: A}\n')
const failing = file(
  'failing.yaml',
  'name: too <few>\nsteps:\n  - expect: {changes: 1, within: 1ms}',
)

/** Exit code and output of `mock-content-store run ARGS`. */
async function run(...args: readonly string[]) {
  const stream = new PassThrough()
  const code = await runScenarios(args, new Output(stream)).catch((error: unknown) => {
    stream.write(String(error))
    return exitCode(error)
  })
  return { code, text: String(stream.read() ?? '') }
}

describe('mock-content-store run', () => {
  it('mock-content-store run passes with 0, fails with 1, and writes a report', async () => {
    const report = join(folder, 'report.xml')
    const passed = await run(passing)
    expect(passed).toMatchObject({ code: 0 })
    expect(passed.text).toMatch(/^passed {2}A & B: edits 1, clients 1 \(events \d+, polls \d+, /)
    const { code, text } = await run(passing, failing, '--junit', report)
    expect(code).toBe(1)
    expect(text).toContain(
      `  ${failing}:3:5: steps.0: not within 1 ms of real time: expected 1 changes, got 0`,
    )
    const xml = readFileSync(report, 'utf8')
    expect(xml).toContain('<testsuites tests="2" failures="1"')
    expect(xml).toContain('name="A &amp; B"')
    expect(xml).toContain(`<failure message="${failing}:3:5: steps.0: not within 1 ms`)
  })

  it('mock-content-store run replaces variables and the seed', async () => {
    const path = file(
      'var.yaml',
      'name: a\nclients: 0\nvariables: {n: 5}\nsteps:\n  - publish: {item: $n}',
    )
    expect((await run(path)).text).toContain('there is no content item 5')
    expect(await run(path, '--var', 'n=801', '--seed', '9')).toMatchObject({
      code: 0,
      text: expect.stringContaining('seed 9'),
    })
  })

  it.each([
    [['nowhere.yaml'], 'cannot read the scenario nowhere.yaml: ENOENT'],
    [[file('bad.yaml', 'name: a\nsteps:\n  - wait: 3')], 'bad.yaml:3:11: steps.0.wait: '],
    [[passing, '--seed', '-1'], '--seed'],
    [[passing, '--url', 'localhost'], '--url: expected an http:// or https:// URL'],
    [
      [passing, '--url', 'http://user:secret@localhost'],
      '--url: expected an http:// or https:// URL',
    ],
    [[passing, '--proxy', 'http://user:secret@localhost'], '--proxy: expected an http'],
    [[passing, '--var', 'n'], 'Expected NAME=VALUE'],
    [[passing, '--login', 'secret'], 'got something else (not shown)'],
    [[], "missing required argument 'FILE'"],
  ])('mock-content-store run %j ends with 2', async (args, message) => {
    const { code, text } = await run(...args)
    expect([code, text]).toEqual([2, expect.stringContaining(message)])
    expect(text).not.toContain('secret')
  })

  it('mock-content-store run ends with 3 without a store, and with 4 out of time', async () => {
    expect(await run(passing, '--url', 'http://127.0.0.1:1')).toMatchObject({ code: 3 })
    const long = file('long.yaml', 'name: a\nclients: 0\nsteps:\n  - wait: 1h')
    const late = await run(long, '--max-seconds', '1')
    expect(late).toMatchObject({ code: 4 })
    expect(late.text).toContain('the scenarios took longer than 1 s')
  })
})
