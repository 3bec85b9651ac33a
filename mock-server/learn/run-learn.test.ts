import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, describe, expect, it } from 'vitest'

import { MockServerError } from '../errors.ts'
import { startMockContentStore } from '../start.ts'
import { RunningProgram } from '../testing/run-program.ts'
import { until } from '../testing/until.ts'
import { parseLearn } from './command-line.ts'

const folder = mkdtempSync(join(tmpdir(), 'mock-server-run-learn-'))
afterAll(() => rmSync(folder, { recursive: true }))

const LOGIN = 'qa:Geheim-123'
const TOKEN = Buffer.from(LOGIN).toString('base64')
const login = { name: 'qa', password: 'Geheim-123' }
const QUICK = ['--listen', '0', '--rate', '1000']

async function run(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  await using program = new RunningProgram('main.ts', ['learn', ...args], { env, cwd: folder })
  const code = await program.exited()
  return { code, stdout: program.stdout, stderr: program.stderr }
}

/** The error of `parseLearn` for these arguments. */
function refusal(args: readonly string[]): string {
  try {
    parseLearn(args)
    return 'nothing'
  } catch (error) {
    if (error instanceof MockServerError && error.code === 'bad-config') return error.message
    throw error
  }
}

describe('mock-content-store learn', () => {
  it('mock-content-store learn prints a table and writes two files that start a store, and none contains the login', async () => {
    await using store = await startMockContentStore({ login, maxCount: 50, putStatus: 200 })
    const from = ['--from', `${store.url}/webservice/`, ...QUICK]
    const learned = await run([...from, '--write', '22'], { LEARN_LOGIN: LOGIN })
    expect(learned).toMatchObject({ code: 0 })
    expect(learned.stdout).toMatch(/^ {2}point +ours +theirs\n/)
    expect(learned.stdout.match(/^\* \w+/gm)).toEqual(['* maxCount', '* putStatus'])
    const [settings, seed] = ['learned.yaml', 'learned-seed.yaml'].map((name) =>
      readFileSync(join(folder, name), 'utf8'),
    )
    for (const text of [learned.stdout, learned.stderr, settings, seed]) {
      expect(text).not.toContain(login.password)
      expect(text).not.toContain(TOKEN)
    }

    const args = [
      '--port',
      '0',
      '--config',
      'learned.yaml',
      '--seed-file',
      'learned-seed.yaml',
      '--login',
      LOGIN,
    ]
    await using program = new RunningProgram('main.ts', args, { cwd: folder })
    const url = await program.printed(/^listening on (http:\/\/127\.0\.0\.1:\d+)\n/)
    const again = await run([
      '--from',
      url,
      '--login',
      LOGIN,
      '--write',
      '22',
      '--config',
      'learned.yaml',
      '--force',
      ...QUICK,
    ])
    expect(again).toMatchObject({ code: 0 })
    expect(again.stdout.match(/^\* .*/gm)).toBeNull()

    const refused = await run([...from, '--login', LOGIN])
    expect(refused).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('learned.yaml and learned-seed.yaml would be replaced'),
    })
  })

  it('mock-content-store learn exits with 2 for a refused login, 3 without a store, 4 without time, and writes no file', async () => {
    await using store = await startMockContentStore({ login })
    const files = ['--settings', 'no.yaml', '--seed', 'no-seed.yaml']
    const refused = await run(['--from', store.url, '--login', 'qa:Falsch-123', ...files])
    expect(refused).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('answers 401: give a login'),
    })
    expect(refused.stderr).not.toContain('Falsch-123')
    const late = await run([
      '--from',
      store.url,
      '--login',
      LOGIN,
      '--max-requests',
      '5',
      '--rate',
      '1000',
      ...files,
    ])
    expect(late).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('stopped after 5 requests; allow more with --max-requests'),
    })
    await store.close()
    const away = await run(['--from', store.url, '--login', LOGIN, ...files])
    expect(away).toMatchObject({
      code: 3,
      stderr: expect.stringContaining(`no answer from ${store.url}`),
    })
    expect([existsSync(join(folder, 'no.yaml')), existsSync(join(folder, 'no-seed.yaml'))]).toEqual(
      [false, false],
    )
  })

  it('mock-content-store learn deletes the items that it created when it is interrupted', async () => {
    await using store = await startMockContentStore()
    const args = [
      'learn',
      '--from',
      store.url,
      '--login',
      'user:password',
      '--write',
      '22',
      '--listen',
      '600',
      '--rate',
      '1000',
    ]
    await using program = new RunningProgram(
      'main.ts',
      [...args, '--settings', 'i.yaml', '--seed', 'i-seed.yaml'],
      { cwd: folder },
    )
    const made = (): boolean => store.control.clients().some(({ events }) => events > 2)
    await until(made, 'events of test items on the stream')
    program.signal('SIGINT')
    expect(await program.exited()).toBe(4)
    const { items } = store.control.info()
    const left = Array.from(
      { length: items - 20 },
      (_, index) => store.control.item(802 + index).state,
    )
    expect(left.length).toBeGreaterThan(0)
    expect(new Set(left)).toEqual(new Set(['deleted']))
  })

  it('mock-content-store learn prints help with examples and exit codes', async () => {
    const { code, stdout } = await run(['--help'])
    expect(code).toBe(0)
    expect(stdout).toContain(
      '$ LEARN_LOGIN=reader:secret mock-content-store learn --from https://cs.example.com',
    )
    expect(stdout).toContain('4 out of time or requests')
    expect(stdout).toMatch(/--rate <N> +requests a second at most \(default: 4\)/)
  })
})

describe('parseLearn', () => {
  it.each([
    [[], "required option '--from <URL>' not specified"],
    [['--from', 'nowhere'], '--from: expected an http:// or https:// URL'],
    [['--from', 'http://qa:Geheim-123@127.0.0.1'], '--from: expected an http:// or https:// URL'],
    [
      ['--from', 'http://127.0.0.1:1', '--login', 'Geheim-123'],
      '--login: expected NAME:PASSWORD, got something else (not shown)',
    ],
    [['--from', 'http://127.0.0.1:1', '--rate', '0'], 'Expected a whole number from 1 to 1000'],
    [['--from', 'http://127.0.0.1:1', '--listne', '1'], "unknown option '--listne'"],
    [['--from', 'http://127.0.0.1:1', 'word'], 'too many arguments'],
    [['--from', 'http://127.0.0.1:1', '--config', 'gone.yaml'], 'cannot read gone.yaml'],
  ])('parseLearn refuses %j: %s', (args, message) => {
    expect(refusal(args)).toContain(message)
    expect(refusal(args)).not.toContain(login.password)
  })
})
