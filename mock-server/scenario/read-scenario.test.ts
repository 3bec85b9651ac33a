import { describe, expect, it } from 'vitest'

import { parseScenario } from './read-scenario.ts'

/** Each mistake, and what is said about it after `FILE:`. */
const MISTAKES: readonly (readonly [name: string, text: string, message: string])[] = [
  ['no steps', 'name: a', '1:1: steps: expected a list, got nothing'],
  ['a text', 'just a text', '1:1: expected an object, got "just a text"'],
  ['broken YAML', 'name: a\nsteps: [\n', '3:1: '],
  [
    'an unknown key',
    'name: a\nstep: []\nsteps: []',
    '1:1: unknown key "step"; did you mean steps?',
  ],
  [
    'an unknown kind of step',
    'name: a\nsteps:\n  - creat: {}',
    '3:5: steps.0: unknown key "creat"; did you mean create?',
  ],
  [
    'a step of two kinds',
    'name: a\nsteps:\n  - wait: 1s\n    pause: 1s',
    '3:5: steps.0: expected one kind of step, got wait and pause',
  ],
  ['an empty step', 'name: a\nsteps:\n  - {}', '3:5: steps.0: expected one kind of step, got none'],
  [
    'a time without unit',
    'name: a\nsteps:\n  - wait: 10',
    '3:11: steps.0.wait: expected a text, got 10',
  ],
  [
    'a bad time in a branch',
    'name: a\nsteps:\n  - parallel:\n      - - wait: 1s\n      - - wait: soon',
    '5:17: steps.0.parallel.1.0.wait: expected a time such as 250ms, 10s, 2m or 8h',
  ],
  [
    'a month',
    'name: a\nsteps:\n  - wait: 745h',
    '3:11: steps.0.wait: expected at most 31 days (744h)',
  ],
  [
    'an id that is a name',
    'name: a\nsteps:\n  - publish: {item: story}',
    '3:21: steps.0.publish.item: expected an id, or a variable such as $story',
  ],
  [
    'an unknown variable',
    'name: a\nvariables: {story: 801}\nsteps:\n  - publish: {item: $stroy}',
    '4:21: steps.0.publish.item: there is no variable "stroy" before this step; did you mean story?',
  ],
  [
    'a variable that is set later',
    'name: a\nsteps:\n  - publish: {item: $new}\n  - create: {section: 22, title: A, as: new}',
    '3:21: steps.0.publish.item: there is no variable "new" before this step',
  ],
  [
    'a variable in a text',
    'name: a\nsteps:\n  - create: {section: 22, title: "No ${n}"}',
    '3:34: steps.0.create.title: there is no variable "n" before this step',
  ],
  [
    'a bulk with over and rate',
    'name: a\nsteps:\n  - bulk: {edits: 3, over: 1s, rate: 3}',
    '3:11: steps.0.bulk: expected over or rate',
  ],
  [
    'a URL instead of a path',
    'name: a\nsteps:\n  - request: {path: "http://example.com/"}',
    '3:21: steps.0.request.path: expected a path of the store',
  ],
  [
    'too many repetitions',
    'name: a\nsteps:\n  - repeat: {times: 100001, steps: []}',
    '3:21: steps.0.repeat.times: expected at most 100000, got 100001',
  ],
  [
    'too many levels',
    `name: a\nsteps: ${'[{repeat: {times: 1, steps: '.repeat(12)}[]${'}}]'.repeat(12)}`,
    'expected at most 10 steps inside each other',
  ],
  ['brackets without end', `name: a\nsteps: ${'['.repeat(5_000)}`, '2:1: too many lists or maps'],
  [
    'aliases that multiply',
    `a: &a [1,1,1,1,1,1,1,1,1,1]\n${Array.from({ length: 8 }, (_, n) => {
      const [name, before] = ['bcdefghi'[n], 'abcdefgh'[n]]
      return `${name}: &${name} [${Array(10).fill(`*${before}`).join(',')}]`
    }).join('\n')}`,
    '1:1: Excessive alias count',
  ],
]

describe('parseScenario', () => {
  it.each(MISTAKES)('parseScenario refuses %s with line and column', (_, text, message) => {
    const read = (): unknown => parseScenario(text, 'my.yaml')
    expect(read).toThrow('my.yaml:')
    expect(read).toThrow(message)
  })

  it('parseScenario lists several mistakes, the first twenty of many', () => {
    const text = `name: a\nsteps:\n${'  - wait: 1x\n'.repeat(30)}`
    const lines = messageOf(() => parseScenario(text, 'my.yaml')).split('\n')
    expect(lines).toHaveLength(21)
    expect(lines[1]).toMatch(/^my\.yaml:4:11: steps\.1\.wait: /)
    expect(lines.at(-1)).toBe('and 10 more mistakes')
  })

  it('parseScenario reads JSON, fills in defaults, and knows where steps are', () => {
    const file = parseScenario(
      '{"name": "a",\n "steps": [{"wait": "1s"},\n {"mark": "x"}]}',
      'a.json',
    )
    expect(file.scenario).toMatchObject({ seed: 1, clients: 1, reset: true, variables: {} })
    expect(file.locate(['steps', 1])).toBe('a.json:3:2')
    expect(file.locate(['steps', 1, 'mark', 'deeper'])).toBe('a.json:3:11')
  })
})

function messageOf(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    return String(error).replace('MockServerError: ', '')
  }
  return ''
}
