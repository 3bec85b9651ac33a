import { describe, expect, it } from 'vitest'

import { parseConfig } from './read-config.ts'

const SECRET = 'hunter2'
const file = (password: string, rest = '') => `
backends:
  - uri: http://a/
    credentials:
      username: u
      password: ${password}
${rest}`

const read = (text: string, environment = {}) => parseConfig(text, 'file.yaml', environment)
const passwordOf = (text: string, environment = {}) =>
  read(text, environment).backEnds[0]?.credentials?.password

function complaintAbout(text: string, environment = {}): string {
  try {
    read(text, environment)
    return ''
  } catch (error) {
    return error instanceof Error ? `${error.message}\n${error.stack}` : String(error)
  }
}

describe('a password in the configuration', () => {
  it.each([
    '0123',
    '1e3',
    '0x1F',
    '1_000',
    'true',
    'yes',
    '.5',
    '2026-11-26',
    'a#b',
    'a"b\\c',
    "a'b",
    '12:30',
  ])('a password in the configuration is used as it is written without quotes: %s', (password) => {
    expect(passwordOf(file(password))).toBe(password)
  })

  it.each(['0123', '1e3', 'true', 'a"b\\c', "a'b", 'a#b', 'p{}[],', '\u20ac', 'a$b', '${A}'])(
    'a password of the environment, without quotes in the file, is used as it is: %s',
    (P) => {
      expect(passwordOf(file('${P}'), { P })).toBe(P)
    },
  )

  it.each([
    '0123',
    'a: b',
    'a #b',
    'null',
    ' a ',
    '*a',
    '>a',
    'a"b\\c',
    '- a',
    '{a: b}',
    '"a"',
    '',
  ])('a password of the environment, in single quotes in the file, is used as it is: %j', (P) => {
    expect(passwordOf(file("'${P}'"), { P })).toBe(P)
  })

  it.each([
    ['${P}', 'a: b'],
    ['${P}', 'a #b'],
    ['${P}', '"a"'],
    ['${P}', 'null'],
    ['${P}', ''],
    ['${P}', ' a '],
    ['${P}', 'a\nb'],
    ['${P}', 'a\n      x: y'],
    ['${P}', '*a'],
    ['${P}', '>a'],
    ['${P}', '[a]'],
    ['"${P}"', 'a"b'],
    ['"${P}"', 'a\\b'],
    ['"${P}"', 'a\nb'],
    ["'${P}'", "a'b"],
    ["'${P}'", 'a\nb'],
  ])(
    'a password written as %s is refused if its variable is %j, which would change the YAML',
    (as, P) => {
      const complaint = complaintAbout(file(as), { P })
      expect(complaint).toMatch(/file\.yaml:6:17 .*environment variable P would change the YAML/)
      expect(complaint.match(/would change/g)).toHaveLength(2)
    },
  )

  it.each([
    ['${A:-${B}}', 'b'],
    ['${A:-${C:-0123}}', '0123'],
    ['${A:-0123}', '0123'],
    ['${A:-"0123"}', '0123'],
    ['"${A:-a b}"', 'a b'],
    ['$${B}', '${B}'],
  ])('a password without its variable is the default: %s is %s', (as, password) => {
    expect(passwordOf(file(as), { B: 'b' })).toBe(password)
  })

  it.each(['${B:?text}', '${B:+text}', '${B', '${B-text}', '${A:-${B}', '${}'])(
    'a password in the configuration is never the text of an unknown expression: %s',
    (as) => {
      expect(complaintAbout(file(as), { B: 'b' })).toContain('expected ${NAME}, ${NAME:-default}')
    },
  )

  it('a password in the configuration is not blamed if another variable changes the YAML', () => {
    const complaint = complaintAbout(file('${P}', 'logging: {level: "${L}"}'), {
      P: 'x',
      L: 'IN"FO',
    })
    expect(complaint).toContain('environment variable L would change')
    expect(complaint).not.toContain('environment variable P')
  })

  it('parseConfig names only the variable that changes the YAML, among 59 others', () => {
    // The complaint has a stack, whose paths must not have such a name.
    const names = Array.from({ length: 60 }, (_, n) => `VARIABLE_${n}`)
    const headers = names.map((name, n) => `      X-V${n}: \${${name}}\n`).join('')
    const environment = Object.fromEntries(names.map((name) => [name, 'x']))
    const complaint = complaintAbout(
      `backends:\n  - uri: "http://a/"\n    httpHeaders:\n${headers}`,
      { ...environment, VARIABLE_50: 'a: b' },
    )
    expect(complaint).toContain(
      'file.yaml:54:14  the value of the environment variable VARIABLE_50 would',
    )
    expect(complaint).not.toMatch(/VARIABLE_(?!50\b)\d/)
  })

  it.each(['{x: ${P}}', '{${P}: x}', '[${P}]'])(
    'a variable that changes the YAML is refused by name in brackets too: %s',
    (loggers) => {
      const complaint = complaintAbout(file('a', `logging: {loggers: ${loggers}}`), { P: 'a, b' })
      expect(complaint).toContain('environment variable P would change')
    },
  )

  it('a password in the configuration is not affected by variables in comments', () => {
    expect(passwordOf(file('a', '# ${P} ${UNSET} ${X:?y}'), { P: 'x\ny: z' })).toBe('a')
  })
})

describe('a message about the configuration', () => {
  it.each([
    ['an alias', file(`*${SECRET}`)],
    ['a block scalar', file(`>${SECRET}`)],
    ['a literal scalar', file(`|${SECRET}`)],
    ['a tag', file(`!${SECRET} a`)],
    ['an anchor', file(`&${SECRET}`)],
    ['a reserved character', file(`@${SECRET}`)],
    ['a second colon', file(`a: ${SECRET}: b`)],
    ['an open quote', file(`"${SECRET}`)],
    ['an escape', file(`"\\${SECRET}"`)],
    ['a list', file(`[${SECRET}]`)],
    ['a block', file(`{${SECRET}: ${SECRET}}`)],
    [
      'a key of credentials',
      file('a', `    ${SECRET}: a`).replace('password: a', `password: a\n      ${SECRET}: b`),
    ],
    ['credentials as a text', `backends: [{uri: "http://a/", credentials: ${SECRET}}]`],
    ['a back end as a text', `backends: ["http://u:${SECRET}@a/"]`],
    ['a login in a URL', `backends: [{uri: "http://u:${SECRET}@a/"}]`],
    ['an invalid URL', `backends: [{uri: "http://[a/?token=${SECRET}"}]`],
    ['one URL twice', `backends: [{uri: "http://a/?t=${SECRET}"}, {uri: "http://a/?t=${SECRET}"}]`],
    ['a header as a text', `backends: [{uri: "http://a/", httpHeaders: "Cookie: ${SECRET}"}]`],
    ['a header name', `backends: [{uri: "http://a/", httpHeaders: {"Cookie: ${SECRET}": a}}]`],
    ['a header value', `backends: [{uri: "http://a/", httpHeaders: {Cookie: "${SECRET}\\n"}}]`],
    ['a key of a back end', `backends: [{uri: "http://a/", "http://${SECRET}": a}]`],
  ])('a message about the configuration never repeats what may be a secret: %s', (_what, text) => {
    const complaint = complaintAbout(text)
    expect(complaint).toContain('file.yaml has')
    expect(complaint).not.toContain(SECRET)
  })

  it('a message about the configuration never repeats the name of a logger that came from the environment', () => {
    const complaint = complaintAbout(file('a', 'logging: {loggers: {"${P}": LOUD}}'), { P: SECRET })
    expect(complaint).toMatch(/logging\.loggers\.\?: expected a level \(ALL, .*got "LOUD"/)
    expect(complaint).not.toContain(SECRET)
  })

  it.each(['port: ${P}', 'port: "${P}"', '${P}: 1', 'type: ${P}'])(
    'a message about the configuration never repeats text of the environment: %s',
    (entry) => {
      const text = `backends: [{uri: "http://a/"}]\nserver: {applicationConnectors: [{port: 1, ${entry}}]}`
      const complaint = complaintAbout(text.replace('port: 1, port', 'port'), { P: SECRET })
      expect(complaint).toContain('file.yaml has')
      expect(complaint).not.toContain(SECRET)
    },
  )
})
