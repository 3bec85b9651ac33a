import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import request from 'supertest'
import { afterAll, describe, expect, it } from 'vitest'

import { parseConfig } from '../config.ts'
import type { MockContentStoreOptions } from '../start.ts'
import { serveStore } from '../testing/serve-store.ts'
import { FAULT_PRESET_NAMES } from './fault-presets.ts'

const folder = mkdtempSync(join(tmpdir(), 'faults-'))
afterAll(() => rmSync(folder, { recursive: true }))

function fileOf(text: string): string {
  const path = join(folder, 'faults.yaml')
  writeFileSync(path, text)
  return path
}

async function namesAtStart(options: MockContentStoreOptions): Promise<readonly string[]> {
  await using store = await serveStore(options)
  return store.control.faults().map(({ name }) => name)
}

describe('fault presets', () => {
  it.each(FAULT_PRESET_NAMES)('the fault preset %s replaces the whole plan', async (name) => {
    await using store = await serveStore()
    const { body: listed } = await request(store.url).get('/__mock/faults/presets').expect(200)
    const preset = listed.presets.find((one: { name: string }) => one.name === name)
    store.control.setFaults([{ name: 'before', kind: 'reset', scope: 'item' }])
    const { body } = await request(store.url).put(`/__mock/faults/presets/${name}`).expect(200)
    expect(body.faults).toMatchObject(preset.faults)
    expect(body.faults).toHaveLength(preset.faults.length)
    expect(await namesAtStart({ faultPreset: [name] })).toEqual(
      body.faults.map((fault: { name: string }) => fault.name),
    )
  })

  it('PUT /__mock/faults/presets/NAME answers 404 for an unknown preset, and lists the known ones', async () => {
    await using store = await serveStore()
    const { body } = await request(store.url).put('/__mock/faults/presets/calm').expect(404)
    expect(body.detail).toBe(
      `there is no preset "calm"; expected ${FAULT_PRESET_NAMES.join(' or ')}`,
    )
  })

  it('the flag --fault-preset refuses an unknown preset, and lists the known ones', () => {
    expect(() => parseConfig(['--fault-preset', 'calm'], {})).toThrow(
      '--fault-preset: expected flaky or',
    )
  })
})

describe('--faults', () => {
  it('the flag --faults starts a store with the faults of a file, beside those of presets and --fault', async () => {
    const faults = fileOf('faults:\n- {name: late, kind: latency, scope: feed, ms: 5}\n')
    const { settings } = Object(parseConfig(['--fault', 'name=cut,kind=reset,scope=item'], {}))
    const names = await namesAtStart({ faults, fault: settings.fault, faultPreset: ['slow'] })
    expect(names).toEqual(['slow-feed', 'slow-item', 'late', 'cut'])
  })

  it.each([
    ['a mistake', 'faults:\n- {name: a, kind: latency, scope: feed}\n', /faults\.0\.ms: /],
    ['no YAML', 'faults: [', /faults\.yaml:1:/],
    ['no plan', '- 1\n', /faults\.yaml:1:1: /],
    ['a closed port', 'faults:\n- {name: a, kind: down, ms: 5}\n', /set kind down once it runs/],
  ])('the flag --faults refuses a file with %s, and names the file', async (_, text, message) => {
    const started = serveStore({ faults: fileOf(text) })
    await expect(started).rejects.toMatchObject({ code: 'bad-config' })
    await expect(started).rejects.toThrow(message)
    await expect(started).rejects.toThrow('faults.yaml')
  })

  it('the flag --faults refuses a fault with the name of one of a preset', async () => {
    const faults = fileOf('faults:\n- {name: slow-feed, kind: latency, scope: feed, ms: 5}\n')
    await expect(serveStore({ faults, faultPreset: ['slow'] })).rejects.toThrow(
      'expected a different name for each fault',
    )
  })
})
