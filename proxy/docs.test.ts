import { readFileSync, writeFileSync } from 'node:fs'

import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'

import { parseConfig } from './config/read-config.ts'
import { RELOADED_CONNECTOR_KEYS, RELOADED_KEYS } from './config/reloadable.ts'
import { engineSettings } from './config/engine-settings.ts'
import { corsSettings, proxySettings } from './config/settings.ts'
import { settingsReference, withSettings } from './testing/settings-reference.ts'
import { spawnProxy } from './testing/spawn-proxy.ts'

const PAGE = new URL('../docs/operations.md', import.meta.url)
const page = readFileSync(PAGE, 'utf8')

/** `proxy.backEnd.connectMs`, and all other settings of a block. */
function pathsOf(schema: z.ZodObject, path: string): readonly string[] {
  return Object.entries(schema.shape).flatMap(([key, setting]) => {
    const inner: unknown = setting instanceof z.ZodPrefault ? setting.unwrap() : setting
    // A block that is off by default is a comment: see the next test.
    if (inner instanceof z.ZodOptional) return []
    const own = `${path}.${key}`
    return inner instanceof z.ZodObject ? pathsOf(inner, own) : [own]
  })
}

function documentedPaths(value: unknown, path: string): readonly string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [path]
  return Object.entries(value).flatMap(([key, inner]) => documentedPaths(inner, `${path}.${key}`))
}

function namesIn(text: string): ReadonlySet<string> {
  return new Set([...text.matchAll(/--[a-z][a-z-]+|SSE_PROXY_\w+/g)].map(([name]) => name))
}

describe('docs/operations.md', () => {
  it('docs/operations.md lists the settings as the schema has them (UPDATE_GOLDEN=yes writes them)', () => {
    const expected = withSettings(page)
    if (process.env['UPDATE_GOLDEN'] === 'yes') writeFileSync(PAGE, expected)
    expect(readFileSync(PAGE, 'utf8')).toBe(expected)
  })

  it('docs/operations.md lists every setting of the blocks proxy and cors', () => {
    const { cors, proxy } = z
      .object({ cors: z.unknown(), proxy: z.unknown() })
      .parse(parse(settingsReference()))
    expect(
      [...documentedPaths(cors, 'cors'), ...documentedPaths(proxy, 'proxy')].toSorted(),
    ).toEqual([...pathsOf(corsSettings, 'cors'), ...pathsOf(proxySettings, 'proxy')].toSorted())
  })

  it('docs/operations.md lists every setting of the block proxy.engine, which is off, as a comment', () => {
    const lines = settingsReference().split('\n')
    const start = lines.indexOf('  # engine:')
    const keys = lines
      .slice(start + 1)
      .flatMap((line) => /^ {2}# {3}(?:# )?(\w+):/.exec(line)?.[1] ?? [])
    expect(keys).toEqual(Object.keys(engineSettings.shape))
  })

  it('docs/operations.md lists settings as a valid file with the defaults', () => {
    const uri = 'http://store.internal:8083/webservice/escenic/changelog/sse'
    const documented = parseConfig(settingsReference(), 'file.yaml', { CS_PASSWORD: 'a' })
    const defaults = parseConfig(`backends: [{uri: "${uri}"}]`, 'file.yaml', {})
    expect({ ...documented, backEnds: [] }).toEqual({ ...defaults, backEnds: [] })
  })

  it('docs/operations.md lists the keys that are reloaded at SIGHUP', () => {
    const rows = page.split('\n').filter((line) => /^\| .*\| reloaded[:,]/.test(line))
    const keys = rows.flatMap((row) =>
      [...(row.split(' | ')[0] ?? '').matchAll(/`([\w.]+)`/g)].map(([, key]) => key),
    )
    expect(keys.toSorted()).toEqual([...RELOADED_KEYS, ...RELOADED_CONNECTOR_KEYS].toSorted())
  })

  it('docs/operations.md lists the flags and variables of --help', async () => {
    await using help = spawnProxy(['server', '--help'])
    expect(await help.exited).toBe(0)
    const table = page.split('\n').filter((line) => line.startsWith('| `--'))
    expect(namesIn(`${table.join('\n')} --help`)).toEqual(namesIn(help.stdout))
  })
})
