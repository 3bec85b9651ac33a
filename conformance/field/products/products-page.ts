import type { LoadedTarget } from '../../drivers/load-target.ts'
import type { SuiteRun } from '../../run-suite.ts'
import type { Rig } from '../../rig/rig.ts'
import type { Level } from '../../runner/check.ts'
import type { Result } from '../../runner/run.ts'
import { escapeMarkdown } from '../../report/escape.ts'

/** One target, and what came of judging it, if it was there. */
export interface ProductColumn {
  readonly target: LoadedTarget
  readonly version: string
  readonly run?: SuiteRun | undefined
}

/** How products do, and why they fail what they fail. */
export function productsPage(columns: readonly ProductColumn[]): string {
  return [
    '# How products do',
    '',
    'What the suite says of the targets in [`conformance/targets/`](../conformance/targets), with the settings that stand there. A *configuration* was judged, not a',
    'product, without load and for some seconds; what a target does not claim was not judged. The page is written by',
    '`npm run pages:products`, which judges what is installed (on Debian: `apt-get install nginx-light libnginx-mod-nchan pushpin varnish`).',
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
  // Results come as they are ready: another order each time.
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
      ? ['Everything that was judged is kept.']
      : [...reasons].map(([reason, checks]) => `- ${checks.join(', ')}: ${reason}`)),
    '',
  ]
}
