import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, describe, expect, it } from 'vitest'

import { parseConfig } from './config.ts'
import type { Settings } from './knobs.ts'
import { KNOB_NAMES, KNOBS } from './knobs.ts'

const folder = mkdtempSync(join(tmpdir(), 'mock-server-config-'))
afterAll(() => rmSync(folder, { recursive: true }))

function settings(args: readonly string[], env: Readonly<Record<string, string>> = {}): Settings {
  const parsed = parseConfig(args, env)
  if (parsed.kind !== 'run') throw new Error('expected settings, got help')
  return parsed.settings
}

function mistakes(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): readonly string[] {
  try {
    settings(args, env)
  } catch (error) {
    if (error instanceof Error) return error.message.split('\n')
  }
  return []
}

function file(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

describe('parseConfig', () => {
  it('parseConfig returns defaults for all settings', () => {
    expect(settings([])).toEqual(
      Object.fromEntries(KNOB_NAMES.map((name) => [name, KNOBS[name].default])),
    )
  })

  it('parseConfig reads each kind of setting from a flag', () => {
    const args = [
      '--port',
      '0',
      '--host=0.0.0.0',
      '--json',
      '--login',
      'qa:a:b',
      '--announce',
      'section, person',
    ]
    expect(
      settings([...args, '--public-url', 'https://x.test/', '--inheriting-section-log', 'section']),
    ).toMatchObject({
      port: 0,
      host: '0.0.0.0',
      json: true,
      login: { name: 'qa', password: 'a:b' },
      announce: ['section', 'person'],
      publicUrl: 'https://x.test',
      inheritingSectionLog: 'section',
    })
  })

  it('parseConfig prefers flags to the environment, the environment to the file, the file to defaults', () => {
    const config = file(
      'all.yaml',
      'port: 1\nretryMs: 1\nheartbeatMs: 1\nlogin: {name: qa, password: x}\nannounce: [person]\n',
    )
    const env = { MCS_CONFIG: config, MCS_PORT: '2', MCS_RETRY_MS: '2', MCS_IDS: 'true' }
    expect(settings(['--port', '3'], env)).toMatchObject({
      port: 3,
      retryMs: 2,
      heartbeatMs: 1,
      ids: true,
      login: { name: 'qa', password: 'x' },
      announce: ['person'],
      maxCount: 100,
    })
  })

  it('parseConfig adds up the names of a repeatable flag', () => {
    expect(settings(['--space', 'a', '--space', 'b,c', '--space=a'])).toMatchObject({
      space: ['a', 'b', 'c'],
    })
    expect(settings([], { MCS_SPACE: 'a,b' })).toMatchObject({ space: ['a', 'b'] })
    expect(mistakes(['--space', 'a', '--space', 'B'])).toEqual([
      '--space: expected at most 100 names of a-z, 0-9 and "-", got "a,B"',
    ])
  })

  it('parseConfig reads an empty file as no settings', () => {
    expect(settings(['--config', file('empty.yaml', '')])).toMatchObject({ port: 8080 })
  })

  it('parseConfig lists every mistake in arguments, values, variables and the file at once', () => {
    const config = file('bad.yaml', 'prot: 1\nport: high\n')
    expect(
      mistakes(['--retry-ms', 'x', 'word', '--config', config], {
        MCS_IDZ: 'true',
        MCS_JSON: '1',
      }),
    ).toEqual([
      'unexpected argument "word": settings are given as --flags',
      'MCS_IDZ: there is no such variable; did you mean MCS_IDS?',
      `prot in ${config}: there is no such setting; did you mean port?`,
      '--retry-ms: expected a whole number from 0 to 86400000, got "x"',
      'MCS_JSON: expected true or false, got "1"',
      `port in ${config}: expected a whole number from 0 to 65535, got "high"`,
    ])
  })

  it('parseConfig suggests the nearest flag for an unknown one', () => {
    expect(mistakes(['--prot', '1'])).toEqual(["unknown option '--prot'", '(Did you mean --port?)'])
  })

  it('parseConfig lets a --no flag override a variable', () => {
    expect(settings(['--no-json'], { MCS_JSON: 'true' })).toMatchObject({ json: false })
  })

  it('parseConfig never shows a password, not even of a repeated flag', () => {
    expect(mistakes(['--login', 'qa:secret', '--login', 'qa:secret'])).toEqual([
      '--login: given 2 times',
    ])
  })

  it.each([
    [['--port', '65536'], '--port: expected a whole number from 0 to 65535, got "65536"'],
    [['--port', '1.5'], '--port: expected a whole number from 0 to 65535, got "1.5"'],
    [['--port=-1'], '--port: expected a whole number from 0 to 65535, got "-1"'],
    [['--port'], "option '--port <PORT>' argument missing"],
    [['--port', '1', '--port', '2'], '--port: given 2 times'],
    [['--login', 'nocolon'], '--login: expected NAME:PASSWORD, got something else (not shown)'],
    [['--login', ':x'], '--login: expected NAME:PASSWORD, got something else (not shown)'],
    [
      ['--announce', 'everything'],
      '--announce: expected a list of publication, section, domain, person, list, got "everything"',
    ],
    [
      ['--public-url', 'ftp://x'],
      '--public-url: expected an http:// or https:// URL without login, query or fragment, got "ftp://x"',
    ],
    [
      ['--public-url', 'http://u:p@x'],
      '--public-url: expected an http:// or https:// URL without login, query or fragment, got "http://***@x"',
    ],
    [
      ['--sse-endpoint', 'http://x/"\n'],
      '--sse-endpoint: expected an http:// or https:// URL without login, query or fragment, got "http://x/\\"\\n"',
    ],
    [
      ['--inheriting-section-log', 'none'],
      '--inheriting-section-log: expected domain or section, got "none"',
    ],
    [
      ['--default-count', '50', '--max-count', '20'],
      'defaultCount is 50, which is more than maxCount, 20',
    ],
    [['--replay'], 'replay needs ids: a client can only name an event that had one'],
    [['-x'], "unknown option '-x'"],
    [['--nothing-like-it'], "unknown option '--nothing-like-it'"],
    [['--config'], "option '--config <FILE>' argument missing"],
  ])('parseConfig refuses %j', (args, mistake) => {
    expect(mistakes(args)).toEqual([mistake])
  })

  it.each(['*', '*.test', 'store:8080', 'http://store', 'a b', '', '[::1', '1:2'])(
    'parseConfig refuses %j as a name by which /__mock may be used',
    (host) => {
      const expected = 'host names without scheme and port; * is none'
      expect(mistakes(['--allow-host', host])).toEqual([
        expect.stringContaining(`--allow-host: expected ${expected}`),
      ])
    },
  )

  it('parseConfig refuses a file that is missing, is not YAML, or has no settings', () => {
    expect(mistakes(['--config', join(folder, 'gone.yaml')])).toEqual([
      expect.stringContaining('ENOENT'),
    ])
    expect(mistakes(['--config', file('broken.yaml', 'a: [')])[0]).toContain(
      `cannot read ${join(folder, 'broken.yaml')}`,
    )
    expect(mistakes(['--config', file('list.yaml', '- a')])[0]).toContain(
      'expected settings as "name: value" lines',
    )
  })

  it.each(['['.repeat(1_000), '['.repeat(5_000), `\n  ${'- '.repeat(9_000)}a`])(
    'parseConfig says in a sentence that lists of the file are too deep (%#)',
    (deep) => {
      const path = file('deep.yaml', `allowHost: ${deep}`)
      expect(mistakes(['--config', path])).toEqual([
        `cannot read ${path}: too many lists or maps are inside each other; a file of the store needs five levels at most`,
      ])
    },
  )
})
