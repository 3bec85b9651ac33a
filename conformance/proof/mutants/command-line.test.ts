import { expect, test } from 'vitest'
import { readCommandLine } from './command-line.ts'

const URL = 'http://127.0.0.1:8080/stream'

test('the mutant command line reads the mutant and its back ends', () => {
  const args = ['hold-back-one', '--role', 'concentrator', '--backend', URL, '--backend', `${URL}2`]
  expect(readCommandLine([...args, '--port', '9081'])).toMatchObject({
    kind: 'serve',
    mutant: { name: 'hold-back-one', role: 'concentrator' },
    backends: [URL, `${URL}2`],
    port: 9081,
  })
})

test('the mutant command line infers the role of a name that only one role has', () => {
  const command = readCommandLine(['lazy-upstream', '--backend', URL])
  expect(command).toMatchObject({ mutant: { role: 'concentrator' }, port: 0 })
})

test.each([
  [['--list'], 'list'],
  [[], 'help'],
  [['--help'], 'help'],
] as const)('the mutant command line accepts %j without further arguments', (args, kind) => {
  expect(readCommandLine(args).kind).toBe(kind)
})

test.each([
  [['hold-back-on', '--backend', URL], 'there is no mutant "hold-back-on", see --list'],
  [
    ['hold-back-one', '--backend', URL],
    'hold-back-one is a gateway and a concentrator: add --role',
  ],
  [['lazy-upstream', '--backend', URL, '--role', 'gateway'], 'not a mutant of a gateway'],
  [['lazy-upstream'], '--backend: expected at least one http://HOST:PORT/PATH'],
  [['lazy-upstream', '--backend', 'ftp://x'], 'Expected http://HOST:PORT/PATH'],
  [['lazy-upstream', '--backend', URL, '--port', '70000'], 'from 0 to 65535'],
  [['lazy-upstream', '--backend', URL, '--prot', '1'], 'Did you mean --port?'],
  [['lazy-upstream', 'other', '--backend', URL], 'too many arguments'],
])('the mutant command line refuses %j: %s', (args, message) => {
  expect(() => readCommandLine(args)).toThrow(message)
})
