import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'

import { faultsJsonSchema, readFaultsFile } from './faults-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'faults-file-'))
const path = join(folder, 'faults.yaml')
afterAll(() => rmSync(folder, { recursive: true }))

const page = readFileSync(new URL('../../docs/faults.md', import.meta.url), 'utf8')
const [, example = ''] = /```yaml\n([\s\S]*?)```/.exec(page) ?? []

function mistakesIn(text: string): readonly string[] {
  writeFileSync(path, text)
  try {
    readFaultsFile(path)
  } catch (error) {
    if (error instanceof Error) return error.message.replaceAll(`${path}:`, '').split('\n')
  }
  return []
}

describe('files of faults', () => {
  it('faults.schema.json describes files of faults for editors (vitest -u writes it)', async () => {
    const schema = JSON.stringify(faultsJsonSchema(), null, 2)
    await expect(`${schema}\n`).toMatchFileSnapshot('./faults.schema.json')
  })

  it('the file in docs/faults.md is read, and is valid by faults.schema.json', () => {
    const isValid = new Ajv2020({ strict: false }).compile(faultsJsonSchema())
    expect([mistakesIn(example), isValid(parse(example))]).toEqual([[], true])
    expect(readFaultsFile(path).map(({ name }) => name)).toEqual(['slow', 'lost'])
    for (const wrong of ['faults: [{kind: latency}]', example.replace('ms: 500', 'ms: soon')])
      expect(isValid(parse(wrong)), wrong).toBe(false)
  })

  it.each([
    ['faults: [\n  {name: a', '2:11: Flow map in block collection must be sufficiently indented'],
    ['- 1\n', '1:1: expected an object, got a list'],
    [
      'faults:\n  - name: a\n    kind: latency\n    scope: feed\n    ms: soon\n',
      '5:9: faults.0.ms: expected a number, got "soon"',
    ],
    [
      'faults:\n  - {name: a, kind: slowness, scope: feed}\n',
      '2:21: faults.0.kind: expected one of latency, jitter, ',
    ],
    [
      'faults:\n  - {name: a, kind: late-row, scope: item}\n',
      '2:38: faults.0.scope: late-row has no scope item; expected feed',
    ],
  ])('readFaultsFile names line and column in %j', (text, mistake) => {
    expect(mistakesIn(text)[0]).toContain(mistake)
  })

  it('readFaultsFile lists all mistakes at once', () => {
    const text =
      'faults:\n  - {name: a, kind: reset, scope: x}\n  - {name: b, kind: latency, ms: 0}\n'
    expect(mistakesIn(text).map((line) => line.split(': ').slice(0, 2))).toEqual([
      ['2:35', 'faults.0.scope'],
      ['3:5', 'faults.1.scope'],
      ['3:34', 'faults.1.ms'],
    ])
  })
})
