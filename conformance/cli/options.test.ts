import { expect, test } from 'vitest'

import { VERSION } from '../version.ts'
import { readOptions, type JudgeOptions } from './options.ts'

function judgeOptions(args: readonly string[], env = {}): JudgeOptions {
  const command = readOptions(args, env)
  if (command.kind !== 'judge') throw new Error('expected a command that runs checks')
  return command.options
}

test("readOptions without arguments selects this project's proxy", () => {
  expect(judgeOptions([])).toMatchObject({
    source: { kind: 'file', path: 'conformance/targets/sse-proxy.yaml' },
    selection: { only: [], skip: [], maxIdleSeconds: 0 },
    strict: false,
  })
})

test('readOptions takes globs that are repeated or separated by commas', () => {
  const { selection } = judgeOptions([
    '--only',
    'flush.*',
    '--only',
    'bytes.lf,{up,union}.*,bytes.cr',
    '--skip',
    '*.x',
  ])
  expect(selection).toEqual({
    only: ['flush.*', 'bytes.lf', '{up,union}.*', 'bytes.cr'],
    skip: ['*.x'],
    maxIdleSeconds: 0,
  })
})

test('readOptions prefers a flag over the environment', () => {
  const env = { SSE_CONFORMANCE_TARGET: 'b.yaml', SSE_CONFORMANCE_ROLE: 'gateway' }
  expect(judgeOptions([], env)).toMatchObject({
    source: { kind: 'file', path: 'b.yaml' },
    role: 'gateway',
  })
  expect(judgeOptions(['--target', 'a.yaml', '--role', 'concentrator'], env)).toMatchObject({
    source: { kind: 'file', path: 'a.yaml' },
    role: 'concentrator',
  })
})

test.each([
  [['--targt', 'x'], /unknown option '--targt'[^]*--target/],
  [['--role', 'hub'], /'hub' is invalid.*concentrator, gateway/],
  [['prob'], /too many arguments[^]*flags, or one of probe/],
  [['--json'], /--json <file>/],
  [['--seed', '1.5'], /whole number/],
  [['--claim', 'all'], /Expected some of replay/],
  [['--front', 'http://a', '--spawn', 'p'], /cannot be used with/],
  [['probe', '--junit', 'x'], /unknown option '--junit'/],
])('readOptions refuses %j and names the mistake', (args, message) => {
  expect(() => readOptions(args, {})).toThrow(message)
  expect(() => readOptions(args, {})).toThrow(/Try --help/)
})

test('readOptions refuses a role from the environment that does not exist', () => {
  expect(() => readOptions([], { SSE_CONFORMANCE_ROLE: 'hub' })).toThrow(/SSE_CONFORMANCE_ROLE/)
})

test('readOptions returns the version of the package', () => {
  expect(readOptions(['--version'], {})).toMatchObject({ text: `${VERSION}\n` })
})

test.each([[['--quiet']], [['probe', '--quiet']]])('readOptions reads %j as quiet', (args) => {
  expect(readOptions(args, {})).toMatchObject({ options: { isQuiet: true } })
  expect(readOptions(args.slice(0, -1), {})).toMatchObject({ options: { isQuiet: false } })
})

test('readOptions refuses flags before probe, which would have no effect', () => {
  expect(() => readOptions(['--quiet', '--claim', 'cors', 'probe'], {})).toThrow(
    'the flags of probe come after it, got --claim, --quiet before it',
  )
})

test('readOptions returns the help of the suite and of probe', () => {
  expect(readOptions(['--help'], {})).toMatchObject({ text: expect.stringContaining('--strict') })
  expect(readOptions(['probe', '--help'], {})).toMatchObject({
    text: expect.stringContaining('--out'),
  })
})

test('the help of the suite and of probe lists exit codes', () => {
  for (const args of [['--help'], ['probe', '--help']]) {
    expect(readOptions(args, {})).toMatchObject({
      text: expect.stringMatching(/Exit codes:\n +0 [^]* 3 [^]* 70 /),
    })
  }
})

test('readOptions takes the wait of a flag before that of the environment', () => {
  const env = { SSE_CONFORMANCE_WAIT: '30' }
  expect(judgeOptions([]).waitSeconds).toBeUndefined()
  expect(judgeOptions([], env).waitSeconds).toBe(30)
  expect(judgeOptions(['--wait', '5'], env).waitSeconds).toBe(5)
  expect(() => readOptions([], { SSE_CONFORMANCE_WAIT: 'soon' })).toThrow(/expected whole seconds/)
})

test('readOptions takes the number and the port of the back ends', () => {
  expect(judgeOptions(['--backends', '1', '--backend-port', '9901'])).toMatchObject({
    backends: 1,
    backendPort: 9901,
  })
  expect(() => readOptions(['--backends', '3'], {})).toThrow(/Expected 1 or 2/)
})

test('readOptions takes a front or a command in place of a target file', () => {
  expect(judgeOptions(['--front', 'http://127.0.0.1:1']).source.kind).toBe('front')
  expect(judgeOptions(['--target', 'http://127.0.0.1:1']).source.kind).toBe('front')
  expect(judgeOptions(['--spawn', 'p {frontPort}', '--claim', 'replay,cors'])).toMatchObject({
    source: { kind: 'spawn', command: 'p {frontPort}' },
    claims: ['replay', 'cors'],
  })
})

test('readOptions parses probe as a subcommand', () => {
  expect(readOptions(['probe', '--out', 'mine.yaml'], {})).toMatchObject({
    kind: 'probe',
    options: { out: 'mine.yaml' },
  })
})
