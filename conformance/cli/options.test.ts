import { expect, test } from 'vitest'

import { readOptions } from './options.ts'

const optionsOf = (args: readonly string[], env = {}) => {
  const command = readOptions(args, env)
  if (command.kind === 'help') throw new Error('a command with options was expected')
  return command.options
}

test('without arguments our own proxy is judged', () => {
  expect(optionsOf([])).toMatchObject({
    subject: { kind: 'file', path: 'conformance/targets/sse-proxy.yaml' },
    selection: { only: [], skip: [], maxIdleSeconds: 0 },
    strict: false,
  })
})

test('globs may be repeated and separated by commas', () => {
  const { selection } = optionsOf([
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

test('a flag wins over the environment', () => {
  const env = { SSE_CONFORMANCE_TARGET: 'b.yaml', SSE_CONFORMANCE_ROLE: 'gateway' }
  expect(optionsOf([], env)).toMatchObject({
    subject: { kind: 'file', path: 'b.yaml' },
    role: 'gateway',
  })
  expect(optionsOf(['--target', 'a.yaml', '--role', 'concentrator'], env)).toMatchObject({
    subject: { kind: 'file', path: 'a.yaml' },
    role: 'concentrator',
  })
})

test('every mistake is listed at once, with the nearest flag', () => {
  expect(() => readOptions(['--targt', 'x', '--role', 'hub', 'word', '--json'], {})).toThrow(
    /unknown flag --targt; did you mean --target\?[\s\S]*word[\s\S]*"hub"[\s\S]*--json needs one value/,
  )
})

test('help is offered', () => {
  expect(readOptions(['--help'], {}).kind).toBe('help')
})

test('a front, a command and a target file exclude each other', () => {
  expect(optionsOf(['--front', 'http://127.0.0.1:1']).subject.kind).toBe('front')
  expect(optionsOf(['--target', 'http://127.0.0.1:1']).subject.kind).toBe('front')
  expect(optionsOf(['--spawn', 'p {frontPort}', '--claim', 'replay,cors'])).toMatchObject({
    subject: { kind: 'spawn', command: 'p {frontPort}' },
    claims: ['replay', 'cors'],
  })
  expect(() => readOptions(['--front', 'http://a', '--spawn', 'p', '--claim', 'all'], {})).toThrow(
    /--claim all: expected some of replay[\s\S]*exclude each other/,
  )
})

test('probe is a command of its own', () => {
  const command = readOptions(['probe', '--out', 'mine.yaml'], {})
  expect(command).toMatchObject({ kind: 'probe', options: { out: 'mine.yaml' } })
})
