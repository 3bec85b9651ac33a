import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { DOMParser, onErrorStopParsing } from '@xmldom/xmldom'
import { execa } from 'execa'
import { expect, onTestFinished, test } from 'vitest'
import { stringify } from 'yaml'

import { relayProgram } from './testing/broken-proxy.ts'

/** It judges a target twice with the whole catalogue: too long for a short run. */
const IS_FULL = process.env['SSE_CONFORMANCE_MATRIX'] !== 'sample'

/** A gateway that adds a field to every response. */
const ADDS_FIELD = `
  const { writeHead } = response
  response.writeHead = (status, headers) =>
    writeHead.call(response, status, { ...headers, 'access-control-allow-origin': '*' })`

function failedIn(xmlFile: string): readonly string[] {
  const parser = new DOMParser({ onError: onErrorStopParsing })
  const document = parser.parseFromString(readFileSync(xmlFile, 'utf8'), 'application/xml')
  return [...document.getElementsByTagName('testcase')]
    .filter((testcase) =>
      ['failure', 'error'].some((kind) => testcase.getElementsByTagName(kind).length > 0),
    )
    .map((testcase) => testcase.getAttribute('name') ?? '')
    .map((name) => name.split(':')[0] ?? '')
    .toSorted()
}

test.runIf(IS_FULL)(
  'the console, JUnit and Vitest name the same failures of a broken gateway (needs npm run test:full: it judges a target twice)',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'agreement-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const target = join(folder, 'broken.yaml')
    const [junit, vitestJunit] = [join(folder, 'run.xml'), join(folder, 'vitest.xml')]
    const program = relayProgram(ADDS_FIELD)
    const command = [process.execPath, '-e', program, '{frontPort}', '{backendUrl}']
    const spawn = { command }
    writeFileSync(target, stringify({ name: 'broken', product: 'a relay', role: 'gateway', spawn }))
    const node = execa({ reject: false, all: true, timeout: 300_000, node: false })
    const suite = ['--import', 'tsx', 'conformance/main.ts', '--target', target, '--junit', junit]
    const run = await node(process.execPath, suite)
    const reporters = ['--reporter=default', '--reporter=junit']
    const output = `--outputFile.junit=${vitestJunit}`
    const vitest = ['node_modules/vitest/vitest.mjs', 'run', ...reporters, output]
    const tests = await node(process.execPath, vitest, { env: { TARGET: target } })
    const [, listed = ''] = run.all.split('What failed:\n')
    const onConsole = Array.from(listed.matchAll(/^ {2}FAIL +(\S+)/gm), ([, id = '']) => id)
    expect(onConsole.length).toBeGreaterThan(0)
    expect(failedIn(junit)).toEqual(onConsole.toSorted())
    expect(failedIn(vitestJunit)).toEqual(onConsole.toSorted())
    expect([run.exitCode, tests.exitCode]).toEqual([1, 1])
    expect(tests.all).not.toMatch(/AssertionError|expected false|target\.test\.ts:\d+/)
    expect(tests.all).toContain('see it again npm run conformance -- --target')
    expect(tests.all).toMatch(/ … \d+ of \d+ checks, \d+ s/)
  },
)
