import { forConcentrator, type StreamCheck } from '../stream-check.ts'
import { expectNamed, refuses, runsWith, SERVER } from './vendor-file.ts'

const SAME_FILE = 'Users that migrate from the product have to rewrite the configuration.'
const GUESSES = 'A mistake causes strange behaviour at run time instead of an error at start.'
const NEEDS = ['vendor-file'] as const

/**
 * As the vendor's installer writes it: unusual spaces, text for switches and numbers, its own
 * loggers.
 */
const INSTALLER_FILE = `server :
  applicationConnectors :
    - type : http
      port : {frontPort}
  adminConnectors :
    - type : http
      port : {adminPort}
  gzip :
    enabled : false

backends :
  - uri : {uri}
    credentials :
      username : sse-proxy-user
      password : secret

cors :
  allowedOrigins : "*"
  allowedHeaders : "X-Requested-With,Content-Type,Accept,Origin"
  allowedMethods : "GET,POST,HEAD"
  preflightMaxAge : "1800"
  allowCredentials : "true"
  exposedHeaders : ""
  chainPreflight : "true"

logging :
  level : INFO
  loggers :
    io.dropwizard : INFO
    com.escenic.sse.proxy : INFO
    com.escenic.common.broadcast.SynchronousBroadcaster : INFO
    com.escenic.sse.proxy.ProtectedHttpEndpoint : INFO
  appenders :
    - type : console
`

/** One back end with a header whose value shows how the file was read. */
const probing = (value: string): string =>
  `${SERVER}backends:\n  - uri: {uri}\n    httpHeaders:\n      X-Probe: ${value}\n`

const BACKEND = 'backends:\n  - uri: {uri}\n'

function substitution(
  id: string,
  title: string,
  level: 'must' | 'should',
  kills: readonly string[],
  value: string,
  wanted: string,
): StreamCheck {
  return forConcentrator({
    id,
    title,
    level,
    basis: 'documented',
    source: '[protocol §8.5]',
    meaning: SAME_FILE,
    needs: NEEDS,
    cost: 'slow',
    kills,
    async run(t) {
      const environment = { SSE_SUITE_SET: 'from the environment', SSE_SUITE_EMPTY: '' }
      const { upstream } = await runsWith(t, probing(value), environment)
      const came = upstream.field('x-probe') ?? 'missing'
      t.expect(came === wanted, `${value} was read as ${JSON.stringify(came)}`)
    },
  })
}

function refusal(
  id: string,
  title: string,
  kills: readonly string[],
  text: string,
  ...names: readonly (string | RegExp)[]
): StreamCheck {
  return forConcentrator({
    id,
    title,
    level: 'should',
    basis: 'documented',
    source: '[protocol §8.6]',
    meaning: GUESSES,
    needs: NEEDS,
    cost: 'slow',
    kills,
    run: async (t) => expectNamed(t, await refuses(t, text), ...names),
  })
}

/**
 * The vendor's configuration file: accepted as it is, and refused with a reason when it is wrong.
 */
export const CONFIG_CHECKS: readonly StreamCheck[] = [
  forConcentrator({
    id: 'config.installer',
    title: "A configuration file written by the vendor's installer is accepted unchanged",
    level: 'must',
    basis: 'documented',
    source: '[protocol §8.5]',
    meaning: SAME_FILE,
    needs: NEEDS,
    cost: 'slow',
    kills: ['wants-bare-switches', 'refuses-logging'],
    run: async (t) => void (await runsWith(t, INSTALLER_FILE)),
  }),
  substitution(
    'config.default',
    'An unset environment variable takes its default',
    'must',
    ['no-defaults'],
    '"${SSE_SUITE_UNSET:-a default}"',
    'a default',
  ),
  substitution(
    'config.environment',
    'A set environment variable overrides its default',
    'must',
    ['no-substitution'],
    '"<${SSE_SUITE_SET}|${SSE_SUITE_SET:-no}>"',
    '<from the environment|from the environment>',
  ),
  substitution(
    'config.empty',
    'An empty environment variable does not take its default',
    'should',
    ['empty-takes-default'],
    '"<${SSE_SUITE_EMPTY:-no}>"',
    '<>',
  ),
  substitution(
    'config.escape',
    'A doubled dollar sign in the configuration file is one literal dollar sign',
    'should',
    ['no-escape'],
    '"$${SSE_SUITE_SET}"',
    '${SSE_SUITE_SET}',
  ),
  refusal(
    'config.unknown-key',
    'An unknown key in the configuration file is refused and named',
    ['ignores-unknown-keys', 'vague-about-mistakes', 'silent-about-mistakes'],
    `${SERVER}${BACKEND}beckends: []\n`,
    'beckends',
  ),
  refusal(
    'config.bad-value',
    'A configuration value of the wrong type is refused and its key is named',
    ['replaces-bad-values'],
    `${SERVER.replace('{frontPort}', 'ninety')}${BACKEND}`,
    'port',
  ),
  refusal(
    'config.not-yaml',
    'A configuration file that is not YAML is refused',
    ['exit-0-on-mistakes'],
    `${SERVER}backends: [\n`,
  ),
  refusal(
    'config.no-file',
    'An empty configuration file is refused',
    ['starts-with-nothing'],
    '\n',
  ),
  refusal(
    'config.no-back-ends',
    'A configuration file without back ends is refused',
    ['starts-without-back-ends'],
    `${SERVER}backends: []\n`,
    'backends',
  ),
  refusal(
    'config.indented-headers',
    "Headers indented as in the vendor's manual, which is not valid YAML, are refused and named",
    ['vague-about-mistakes'],
    `${SERVER}backends:\n  - uri: {uri}\n      httpHeaders:\n        Host: a.example\n`,
    // By name or by line.
    /httpHeaders|line \d|:\d+:\d/,
  ),
  refusal(
    'config.all-mistakes',
    'All mistakes of a configuration file are reported at once',
    ['first-mistake-only'],
    `${SERVER.replace('{frontPort}', 'ninety')}backends:\n  - uri: 7\n`,
    'port',
    'uri',
  ),
]
