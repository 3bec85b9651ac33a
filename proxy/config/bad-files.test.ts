import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { ProxyError } from '../errors.ts'
import { spawnProxy } from '../testing/spawn-proxy.ts'
import { temporaryFolder } from '../testing/temporary-folder.ts'
import { parseConfig, readConfig } from './read-config.ts'

const URI = 'uri: "http://a/"'
const backEnd = (rest: string) => `backends: [{${URI}, ${rest}}]`
const also = (rest: string) => `backends: [{${URI}}]\n${rest}`
const connectors = (application: string, admin: string) =>
  also(`server: {applicationConnectors: [${application}], adminConnectors: [${admin}]}`)

const ALIAS_BOMB = [
  'a: &a [x, x, x, x, x, x, x, x, x]',
  ...['b', 'c', 'd', 'e', 'f', 'g', 'h'].map((name, index) => {
    const alias = `*${'abcdefg'[index]}`
    return `${name}: &${name} [${Array.from({ length: 9 }, () => alias).join(', ')}]`
  }),
].join('\n')

const BAD_FILES: readonly (readonly [what: string, text: string, sentence: RegExp])[] = [
  [
    'a header value above U+00FF',
    backEnd('httpHeaders: {X: "€"}'),
    /backends\[0\]\.httpHeaders\.X: expected characters up to U\+00FF/,
  ],
  [
    'a line end in a header value',
    backEnd('httpHeaders: {X: "a\\nb"}'),
    /httpHeaders\.X: .*line ends/,
  ],
  ['a NUL in a header value', backEnd('httpHeaders: {X: "a\\0b"}'), /httpHeaders\.X: .*control/],
  [
    'a header name with a space',
    backEnd('httpHeaders: {"X Y": a}'),
    /httpHeaders\.\?: .*name of a header/,
  ],
  ['an empty header name', backEnd('httpHeaders: {"": a}'), /httpHeaders\.\?: .*name of a header/],
  ['a header that frames the request', backEnd('httpHeaders: {trailer: a}'), /trailer: .*frame/],
  ['Content-Length', backEnd('httpHeaders: {Content-Length: "1"}'), /Content-Length: .*frame/],
  ['a header that is given twice', backEnd('httpHeaders: {Host: a, host: b}'), /host: .*twice/],
  ['an empty Host', backEnd('httpHeaders: {Host: ""}'), /httpHeaders\.Host: expected a host/],
  ['a header without a value', backEnd('httpHeaders: {X: }'), /httpHeaders\.X: expected text/],
  ['a header __proto__', backEnd('httpHeaders: {__proto__: a}'), /__proto__ is not a known key/],
  ['__proto__ at the top', also('__proto__: {x: 1}'), /:2:1 .*__proto__ is not a known key/],
  ['__proto__ under proxy', also('proxy: {"__proto__": {workers: 3}}'), /__proto__/],
  ['constructor under proxy', also('proxy: {constructor: 1}'), /constructor is not a known key/],
  [
    'connector in a server of type default',
    also('server: {connector: {port: 1}}'),
    /server\.connector: expected type: simple, or applicationConnectors and adminConnectors/,
  ],
  [
    'adminConnectors in a server of type simple',
    also('server: {type: simple, adminConnectors: [{port: 1}]}'),
    /:2:\d+ .*server\.adminConnectors: no such key for a server of type simple/,
  ],
  [
    'the PROXY protocol without its peers in a server of type simple',
    also('server: {type: simple, connector: {port: 1, useProxyProtocol: true}}'),
    /server\.connector\.useProxyProtocol: expected false, or the address of the balancer/,
  ],
  [
    'a missing key store in a server of type simple',
    also('server: {type: simple, connector: {port: 1, type: https, keyStorePath: /no/such}}'),
    /server\.connector\.keyStorePath: /,
  ],
  [
    'admin pages on the path of the stream',
    also('server: {type: simple, adminContextPath: /}'),
    /server\.adminContextPath: expected another path than \//,
  ],
  [
    'an adminContextPath without a slash',
    also('server: {adminContextPath: admin}'),
    /server\.adminContextPath: expected a path such as \/admin, got "admin"/,
  ],
  [
    'an empty bindHost',
    connectors('{port: 0, bindHost: ""}', '{port: 0}'),
    /\[0\]\.bindHost: .*0\.0\.0\.0/,
  ],
  [
    'a bindHost in brackets',
    connectors('{port: 0, bindHost: "[::1]"}', '{port: 0}'),
    /\.bindHost: /,
  ],
  ['a bindHost *', connectors('{port: 0, bindHost: "*"}', '{port: 0}'), /\.bindHost: /],
  [
    'one port for two connectors',
    connectors('{port: 80}, {port: 80}', '{port: 1}'),
    /applicationConnectors\[1\]\.port: .*no other/,
  ],
  [
    'the admin port as application port',
    connectors('{port: 80}', '{port: 80}'),
    /adminConnectors\[0\]\.port: .*no other/,
  ],
  [
    'one port on all and on one address',
    connectors('{port: 80, bindHost: "::"}', '{port: 80, bindHost: 10.0.0.1}'),
    /adminConnectors\[0\]\.port: .*no other/,
  ],
  [
    'a port above 65535',
    connectors('{port: 65536}', '{port: 1}'),
    /\.port: .*0 to 65535, got "65536"/,
  ],
  ['a negative port', connectors('{port: -1}', '{port: 1}'), /\.port: .*got "-1"/],
  ['a port that is not a number', connectors('{port: 0x50}', '{port: 1}'), /\.port: .*got "0x50"/],
  [
    'the PROXY protocol without trusted proxies',
    connectors('{port: 0, useProxyProtocol: true}', '{port: 0}'),
    /applicationConnectors\[0\]\.useProxyProtocol: expected false, or .*proxy\.trustedProxies/,
  ],
  [
    'the PROXY protocol on the admin port',
    connectors('{port: 0}', '{port: 0, useProxyProtocol: true}'),
    /adminConnectors\[0\]\.useProxyProtocol: expected false, since the admin port/,
  ],
  ...['10.0.0.0/33', '10.0.0.0/', '10.0.0/8', 'balancer.example', '::1/129', '1.2.3.4/8/8'].map(
    (network) =>
      [
        `a trusted proxy ${network}`,
        also(`proxy: {trustedProxies: "127.0.0.1, ${network}"}`),
        /proxy\.trustedProxies: expected addresses, networks such as 10\.0\.0\.0\/8/,
      ] as const,
  ),
  [
    'an unknown forwardedField',
    also('proxy: {forwardedField: X-Real-IP}'),
    /forwardedField: expected one of X-Forwarded-For, Forwarded/,
  ],
  [
    'an unknown resync mode',
    also('proxy: {resync: {mode: poll}}'),
    /resync\.mode: expected one of announce, changelog, off/,
  ],
  [
    'a folder as state file',
    also('proxy: {resync: {stateFile: /var/lib/}}'),
    /resync\.stateFile: expected the path of a file/,
  ],
  ['no graceMs', also('proxy: {resync: {graceMs: 0}}'), /resync\.graceMs: expected /],
  ['no connectors', connectors('', '{port: 1}'), /applicationConnectors: .*at least one/],
  ['a URL without a host', 'backends: [{uri: "http://"}]', /backends\[0\]\.uri: expected a URL/],
  ['a wrong URL', 'backends: [{uri: "http://[::1/"}]', /backends\[0\]\.uri: expected a URL/],
  ['a URL with a port above 65535', 'backends: [{uri: "http://a:65536/"}]', /uri: expected a URL/],
  ['another scheme', 'backends: [{uri: "file:///etc/passwd"}]', /uri: .*http/],
  ['one URL twice', `backends: [{${URI}}, {${URI}}]`, /backends\[1\]\.uri: .*no other/],
  ['a back end that is a text', 'backends: [a]', /backends\[0\]: expected/],
  [
    'a colon in a user name',
    backEnd('credentials: {username: "a:b", password: c}'),
    /username: .*colon/,
  ],
  [
    'a password without value',
    backEnd('credentials: {username: a, password: }'),
    /password: expected text/,
  ],
  [
    'a password that is a list',
    backEnd('credentials: {username: a, password: [b]}'),
    /password: expected text/,
  ],
  ['an unknown log level', also('logging: {level: LOUD}'), /logging\.level: .*TRACE.*got "LOUD"/],
  [
    'a wrong name of an exposed header',
    also('cors: {exposedHeaders: "X, €"}'),
    /cors\.exposedHeaders: /,
  ],
  [
    'a wrong name of an allowed header',
    also('cors: {allowedHeaders: "X\\nY: z"}'),
    /cors\.allowedHeaders: /,
  ],
  ['a wrong name of a method', also('cors: {allowedMethods: "GET IT"}'), /cors\.allowedMethods: /],
  ['an origin with a space', also('cors: {allowedOrigins: "a b"}'), /cors\.allowedOrigins: /],
  [
    'a time that is too long for a timer',
    also('proxy: {heartbeatMs: 2147483648}'),
    /proxy\.heartbeatMs: /,
  ],
  ['a number with 400 digits', also(`proxy: {workers: ${'9'.repeat(400)}}`), /proxy\.workers: /],
  ['an unresolved alias', backEnd('credentials: *abc'), /not YAML: .*alias/],
  ['an alias bomb', `${ALIAS_BOMB}\nbackends: *h`, /its aliases expand to more/],
  ['very many aliases', `a: &a b\nc: [${'*a, '.repeat(1000)}]`, /at most 100 aliases/],
  ['an alias within its anchor', 'backends: &a [*a]', /aliases|backends/],
  ['deep brackets', '['.repeat(20_000), /nested more than 200 deep/],
  ['deep braces', '{a: '.repeat(20_000), /nested more than 200 deep/],
  ['deep lists', '- '.repeat(20_000), /nested more than 200 deep/],
  ['deep lists with anchors', '- &a '.repeat(1000), /nested more than 200 deep|not YAML/],
  ['deep keys', '? '.repeat(20_000), /nested more than 200 deep/],
  [
    'a deep block',
    Array.from({ length: 500 }, (_, n) => `${' '.repeat(n)}a:`).join('\n'),
    /200 deep/,
  ],
  ['a key that is a list', also('? [a]\n: b'), /a key: expected text/],
  ['a key twice', also('proxy: {workers: 1, workers: 2}'), /given twice/],
  ['a tag', also('proxy: {workers: !!int 1}'), /not YAML: .*tag/],
  ['two documents', `${also('')}---\n${also('')}`, /second document/],
  ['a list', '- a', /the file: expected/],
  ['a text', 'hello', /the file: expected/],
  ['noncharacters', also('# \uFDD0\uFDE0\uFDD1'), /noncharacters/],
]

function complaintAbout(text: string): string {
  try {
    parseConfig(text, 'file.yaml', {})
    return 'no complaint'
  } catch (error) {
    if (error instanceof ProxyError && error.code === 'bad-config') return error.message
    throw error
  }
}

describe('parseConfig', () => {
  it.each(BAD_FILES)('parseConfig refuses %s', (_what, text, sentence) => {
    expect(complaintAbout(text)).toMatch(sentence)
  })

  it('parseConfig refuses a file that is a folder, too large, endless, not UTF-8, or missing', async () => {
    await using folder = temporaryFolder('config-')
    const path = (name: string) => join(folder.path, name)
    writeFileSync(path('large'), '#'.repeat(2_000_000))
    writeFileSync(
      path('latin1'),
      Buffer.from('backends: [{uri: "http://a/", password: "\u00e9"}]', 'latin1'),
    )
    writeFileSync(path('utf16'), Buffer.from('\ufeffbackends: []', 'utf16le'))
    expect(() => readConfig(folder.path, {})).toThrow(/is a folder/)
    expect(() => readConfig(path('large'), {})).toThrow(/large is larger than 131072 bytes/)
    expect(() => readConfig('/dev/zero', {})).toThrow(/zero is larger than/)
    expect(() => readConfig(path('latin1'), {})).toThrow(/latin1 is not UTF-8/)
    expect(() => readConfig(path('utf16'), {})).toThrow(/utf16 is not UTF-8/)
    expect(() => readConfig(path('none'), {})).toThrow(/ENOENT.*none/)
  })

  it.each(['info', 'Info', 'INFO'])(
    'parseConfig accepts the log level %s in any letter case',
    (level) => {
      const loggers = `loggers: {com.escenic.sse.proxy: {level: ${level}}}`
      const config = parseConfig(also(`logging: {level: off, ${loggers}}`), 'file.yaml', {})
      expect(config.logLevel).toBe('info')
    },
  )
})

describe('sse-proxy', () => {
  it.each(['check', 'server'])(
    'sse-proxy %s exits with 2 and lists every mistake of the file',
    async (command) => {
      const file = connectors('{port: 0, bindHost: ""}', '{port: 65536}')
      await using proxy = spawnProxy([command, 'FILE'], { file })
      expect(await proxy.exited).toBe(2)
      expect(proxy.stderr).toMatch(/proxy\.yaml has 2 mistakes:\n.*bindHost: .*\n.*port: .*\n$/)
      expect(proxy.stdout).toBe('')
    },
  )
})
