import type { ConcentratorFaults } from '../../concentrator/concentrator-faults.ts'
import type { VendorFileFaults } from '../../concentrator/vendor-file/read-vendor-file.ts'
import type { Fault } from '../fault.ts'

type Environment = Readonly<Record<string, string>>
type Replacer = (name: string, fallback: string | undefined, environment: Environment) => string

/** A back end that nothing listens at. */
const NOWHERE = [{ uri: 'http://127.0.0.1:9/' }]
const DEFAULT_CONNECTORS = [{ type: 'http', port: 0 }]
const KNOWN_KEYS = new Set(['server', 'backends', 'cors', 'logging'])

/** Ways to misread the vendor's configuration file. */
export const VENDOR_FILE_FAULTS: readonly Fault<ConcentratorFaults>[] = [
  substituting('no-substitution', 'leaves variables as they are', (name) => `\${${name}}`),
  substituting(
    'no-defaults',
    'takes nothing for a variable that is not set, whatever its default',
    (name, _fallback, environment) => environment[name] ?? '',
  ),
  substituting(
    'empty-takes-default',
    'takes the default of a variable that is set to nothing',
    (name, fallback = '', environment) =>
      environment[name] === undefined || environment[name] === '' ? fallback : environment[name],
  ),
  misreading('no-escape', 'replaces variables behind a doubled dollar sign, too', {
    substitute: (text, environment) =>
      replaceEach(text, (name, fallback = '') => environment[name] ?? fallback),
  }),
  reading('wants-bare-switches', 'refuses switches that are written as text', (file) =>
    isRecord(file['cors']) && typeof file['cors']['allowCredentials'] === 'string'
      ? { ...file, cors: { ...file['cors'], allowCredentials: 7 } }
      : file,
  ),
  reading('refuses-logging', 'refuses a file that speaks of loggers', (file) =>
    'logging' in file ? { ...file, logger: 7 } : file,
  ),
  reading('ignores-unknown-keys', 'reads over keys that it does not know', (file) =>
    Object.fromEntries(Object.entries(file).filter(([key]) => KNOWN_KEYS.has(key))),
  ),
  reading('replaces-bad-values', 'takes defaults for values that it cannot use', (file) => ({
    ...file,
    server: { applicationConnectors: DEFAULT_CONNECTORS, adminConnectors: DEFAULT_CONNECTORS },
  })),
  reading('starts-without-back-ends', 'starts without a back end', (file) => ({
    ...file,
    backends:
      Array.isArray(file['backends']) && file['backends'].length > 0 ? file['backends'] : NOWHERE,
  })),
  misreading('starts-with-nothing', 'starts with an empty file', {
    reads: (file) =>
      file ?? {
        server: { applicationConnectors: DEFAULT_CONNECTORS, adminConnectors: DEFAULT_CONNECTORS },
        backends: NOWHERE,
      },
  }),
  misreading('exit-0-on-mistakes', 'ends with code 0 when its file is wrong', {
    mistakes: 'exit-0',
  }),
  misreading('silent-about-mistakes', 'does not say what is wrong with its file', {
    mistakes: 'silent',
  }),
  misreading('vague-about-mistakes', 'says that its file is wrong, not where', {
    mistakes: 'vague',
  }),
  misreading('first-mistake-only', 'says one mistake at a time', { mistakes: 'first' }),
  {
    name: 'reads-from-itself',
    description: 'does not notice that it reads from itself',
    points: () => ({ joinsItself: true }),
  },
]

function misreading(
  name: string,
  description: string,
  vendorFile: VendorFileFaults,
): Fault<ConcentratorFaults> {
  return { name, description, points: () => ({ vendorFile }) }
}

function reading(
  name: string,
  description: string,
  change: (file: Readonly<Record<string, unknown>>) => unknown,
): Fault<ConcentratorFaults> {
  return misreading(name, description, { reads: (file) => (isRecord(file) ? change(file) : file) })
}

function substituting(
  name: string,
  description: string,
  replace: Replacer,
): Fault<ConcentratorFaults> {
  return misreading(name, description, {
    substitute: (text, environment) =>
      replaceEach(text, (variable, fallback) => replace(variable, fallback, environment)),
  })
}

function replaceEach(
  text: string,
  replace: (name: string, fallback: string | undefined) => string,
): string {
  return text.replaceAll(
    /\$?\$\{([^}:]+)(?::-([^}]*))?\}/g,
    (_whole: string, name: string, fallback: string | undefined) => replace(name, fallback),
  )
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
