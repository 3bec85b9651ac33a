import type { TargetDriver, TargetRow, TargetSettings } from '../runner/target.ts'
import { trustOf } from './front-trust.ts'
import { commandedRow } from './row-commands.ts'
import type { ExternalRow, ExternalSettings, TargetFile } from './target-file.ts'

/**
 * A target that is already running. The suite cannot configure it, so it prints what the operator
 * must configure.
 */
export function externalTarget(
  file: TargetFile,
  settings: ExternalSettings,
  print: (text: string) => void,
): TargetDriver {
  let told = false
  return {
    name: file.name,
    role: file.role,
    claims: file.claims,
    frontPath: file.frontPath,
    trust: trustOf(file),
    originPorts: settings.originPorts,
    connectWithinMs: settings.connectWithinMs,
    onWaiting: (missing) => print(`  still waiting: ${missing}\n`),
    start: (target) => {
      if (!told) print(instructions(target, settings))
      told = true
      return Promise.resolve({
        frontUrl: withoutSlashes(settings.front),
        adminUrl: settings.admin === undefined ? undefined : withoutSlashes(settings.admin),
        row: settings.row === undefined ? undefined : rowOf(settings.front, settings.row),
        close: () => Promise.resolve(),
      })
    },
  }
}

function rowOf(front: string, row: ExternalRow): TargetRow {
  return commandedRow(withoutSlashes(front), { ...row, second: withoutSlashes(row.second) })
}

function withoutSlashes(url: string): string {
  let end = url.length
  while (url[end - 1] === '/') end -= 1
  return url.slice(0, end)
}

function instructions(
  { role, backends }: TargetSettings,
  { front, connectWithinMs }: ExternalSettings,
): string {
  const [first] = backends
  if (role === 'gateway')
    return `Judging ${front}. It must forward requests to ${first?.url ?? ''}\nWaiting up to ${connectWithinMs / 1000} s until it does …\n`
  const entries = backends.flatMap(({ url, credentials, httpHeaders }) => [
    `  - uri: ${url}`,
    ...(credentials === undefined
      ? []
      : [
          '    credentials:',
          ...Object.entries(credentials).map(
            ([key, value]) => `      ${key}: ${JSON.stringify(value)}`,
          ),
        ]),
    ...(httpHeaders === undefined
      ? []
      : [
          '    httpHeaders:',
          ...Object.entries(httpHeaders).map(
            ([key, value]) => `      ${key}: ${JSON.stringify(value)}`,
          ),
        ]),
  ])
  return [
    `Judging ${front}. It must read from these back ends:`,
    '',
    'backends:',
    ...entries,
    '',
    `Waiting up to ${connectWithinMs / 1000} s until it reads from all of them …`,
    '',
  ].join('\n')
}
