import type { ConcentratorFaults } from '../../concentrator/concentrator-faults.ts'
import type { VendorFileFaults } from '../../concentrator/vendor-file/read-vendor-file.ts'
import type { Fault } from '../fault.ts'

type Environment = Readonly<Record<string, string>>
type Replacer = (name: string, fallback: string | undefined, environment: Environment) => string

/** A back end URL without a listener. */
const NOWHERE = [{ uri: 'http://127.0.0.1:9/' }]
const DEFAULT_CONNECTORS = [{ type: 'http', port: 0 }]
const KNOWN_KEYS = new Set(['server', 'backends', 'cors', 'logging'])

/** Faults in reading the vendor's configuration file. */
export const VENDOR_FILE_FAULTS: readonly Fault<ConcentratorFaults>[] = [
  substituting('no-substitution', 'does not substitute variables', (name) => `\${${name}}`),
  substituting(
    'no-defaults',
    'substitutes nothing for an unset variable, ignoring its default',
    (name, _fallback, environment) => environment[name] ?? '',
  ),
  substituting(
    'empty-takes-default',
    'substitutes the default for an empty variable',
    (name, fallback = '', environment) =>
      environment[name] === undefined || environment[name] === '' ? fallback : environment[name],
  ),
  misreading('no-escape', 'also substitutes variables after a doubled dollar sign', {
    substitute: (text, environment) =>
      replaceEach(text, (name, fallback = '') => environment[name] ?? fallback),
  }),
  reading('wants-bare-switches', 'rejects booleans written as text', (file) =>
    isRecord(file['cors']) && typeof file['cors']['allowCredentials'] === 'string'
      ? { ...file, cors: { ...file['cors'], allowCredentials: 7 } }
      : file,
  ),
  reading('refuses-logging', 'rejects a file with loggers', (file) =>
    'logging' in file ? { ...file, logger: 7 } : file,
  ),
  reading('ignores-unknown-keys', 'ignores unknown keys', (file) =>
    Object.fromEntries(Object.entries(file).filter(([key]) => KNOWN_KEYS.has(key))),
  ),
  reading('replaces-bad-values', 'replaces invalid values with defaults', (file) => ({
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
  misreading('exit-0-on-mistakes', 'exits with code 0 when its file is invalid', {
    mistakes: 'exit-0',
  }),
  misreading('silent-about-mistakes', 'prints no message about an invalid file', {
    mistakes: 'silent',
  }),
  misreading('vague-about-mistakes', 'reports an invalid file without naming the mistake', {
    mistakes: 'vague',
  }),
  misreading('first-mistake-only', 'reports only the first mistake', { mistakes: 'first' }),
  {
    name: 'reads-from-itself',
    description: 'does not detect that it reads from itself',
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
