import { readFileSync } from 'node:fs'

import { describe, expect, it } from 'vitest'

import { readScenario } from './read-scenario.ts'
import { scenarioPath, shippedScenarios } from './shipped-scenarios.ts'
import { scenarioJsonSchema } from './write-schema.ts'

describe('scenario files', () => {
  it('mock-server/scenarios/scenario.schema.json is the schema of the program (npx vitest run -u THIS_FILE writes it)', async () => {
    const text = `${JSON.stringify(scenarioJsonSchema(), null, 2)}\n`
    await expect(text).toMatchFileSnapshot('../scenarios/scenario.schema.json')
  })

  it.each(shippedScenarios())('the shipped scenario %s is read, and names its schema', (name) => {
    const path = scenarioPath(name)
    expect(readScenario(path).scenario.steps.length).toBeGreaterThan(0)
    const [first] = readFileSync(path, 'utf8').split('\n')
    expect(first).toBe('# yaml-language-server: $schema=./scenario.schema.json')
  })

  it('eight scenarios are shipped', () => {
    expect(shippedScenarios()).toEqual([
      'breaking-news',
      'flapping-back-end',
      'overnight-quiet',
      'page-overflow',
      'rolling-restart',
      'same-item-50-times',
      'silent-store',
      'two-editors-in-conflict',
    ])
  })
})
