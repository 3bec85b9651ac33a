import type { Rig } from '../../rig/rig.ts'
import { SYMPTOMS, type SymptomText } from '../../rig/finding/symptom.ts'
import type { Result } from '../../runner/run.ts'
import { usualFaults } from './usual-faults.ts'
import type { VerdictKind } from '../../runner/outcome/verdict.ts'

/** Results that probably have one cause. */
export interface Cause {
  readonly title: string
  /** What such a fault usually is; undefined when nothing is known about it. */
  readonly usually: string | undefined
  /** The finding that explains the cause best. */
  readonly lead: Result<Rig>
  readonly others: readonly Result<Rig>[]
}

const WORST_FIRST: readonly VerdictKind[] = ['ERROR', 'FAIL', 'INCONCLUSIVE', 'WARN']
/** Findings of these kinds have no common cause. */
const NO_COMMON_CAUSE: ReadonlySet<string | undefined> = new Set([undefined, 'missed', 'altered'])
/**
 * Kinds of findings that may come from what the check is about. Others, such as an exit, do not.
 */
const EXAMPLES_HELP: ReadonlySet<string | undefined> = new Set([
  ...NO_COMMON_CAUSE,
  'late-event',
  'lost-event',
])

/** Checks of one mechanism, by the prefix of their ids: one fault fails many, each in its own words. */
const MECHANISMS: Readonly<Record<string, SymptomText>> = {
  replay: {
    title: 'A client that returns does not get exactly what it missed',
    usually:
      'a replay that begins an event too early or too late (Last-Event-ID names the last event that the client has), events that are written while it runs, or ids that differ from the live ones.',
  },
}
/** Fewer failures of one mechanism may well have causes of their own. */
const FEWEST_OF_MECHANISM = 3

/** Groups failures by their likely cause, worst first. Blocked checks have none of their own. */
export function causesOf(failures: readonly Result<Rig>[]): readonly Cause[] {
  const failed = failures.filter(({ verdict }) => verdict.kind !== 'BLOCKED')
  const groups = groupsBy(failed, mechanismOf)
  const causes = [...groups].flatMap(([mechanism, results]) =>
    mechanism !== undefined && results.length >= FEWEST_OF_MECHANISM
      ? [causeOf(results, MECHANISMS[mechanism])]
      : [...groupsBy(results, keyOf).values()].map((same) => causeOf(same)),
  )
  return causes.toSorted((a, b) => rank(a.lead) - rank(b.lead) || b.others.length - a.others.length)
}

function causeOf(
  results: readonly Result<Rig>[],
  text = symptomText(results[0]?.verdict.symptom),
): Cause {
  const isLead = ({ check }: Result<Rig>): boolean => check.id === text?.check
  const [lead, ...others] = results.toSorted(
    (a, b) =>
      Number(isLead(b)) - Number(isLead(a)) ||
      rank(a) - rank(b) ||
      Number(a.check.isBroad) - Number(b.check.isBroad),
  )
  if (lead === undefined) throw new Error('a cause without results')
  // One check of a single rule says what it is about. What several have in common is their finding.
  const isOne = others.every(({ check }) => check.isBroad)
  const own = isOne ? lead.check.title : capitalised(firstLine(lead))
  return { title: text?.title ?? own, usually: text?.usually, lead, others }
}

function rank({ check, verdict }: Result<Rig>): number {
  return (check.level === 'gate' ? 0 : 10) + WORST_FIRST.indexOf(verdict.kind)
}

function groupsBy<Key>(
  results: readonly Result<Rig>[],
  keyOfResult: (result: Result<Rig>) => Key,
): ReadonlyMap<Key, readonly Result<Rig>[]> {
  const groups = new Map<Key, Result<Rig>[]>()
  for (const result of results) {
    const key = keyOfResult(result)
    groups.set(key, [...(groups.get(key) ?? []), result])
  }
  return groups
}

/** undefined: its finding says more than its group. */
function mechanismOf({ check, verdict }: Result<Rig>): string | undefined {
  const [prefix = ''] = check.id.split('.')
  const isOwn = verdict.kind === 'FAIL' && symptomText(verdict.symptom) === undefined
  return isOwn && prefix in MECHANISMS ? prefix : undefined
}

function keyOf({ verdict }: Result<Rig>): string {
  const { symptom, reason } = verdict
  if (symptomText(symptom) !== undefined) return `symptom ${symptom}`
  return `reason ${withoutValues(reason.split('\n')[0] ?? '')}`
}

function symptomText(symptom: string | undefined): SymptomText | undefined {
  if (NO_COMMON_CAUSE.has(symptom)) return undefined
  return Object.entries<SymptomText>(SYMPTOMS).find(([name]) => name === symptom)?.[1]
}

/** A finding without what differs between two checks: quoted data, tokens and numbers. */
function withoutValues(reason: string): string {
  return reason
    .replaceAll(/"[^"]*"/g, '"…"')
    .replaceAll(/\b[0-9a-f]{12}\b/g, '…')
    .replaceAll(/\d+(?:\.\d+)?/g, '#')
}

function capitalised(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}

function firstLine({ check, verdict }: Result<Rig>): string {
  return verdict.reason.split('\n')[0] || check.title
}

/** What users feel. An exit is felt whatever the check is about. */
export function effectOf({ check, verdict }: Result<Rig>): string {
  // Nothing is known of the target.
  if (verdict.kind === 'INCONCLUSIVE') return ''
  return symptomText(verdict.symptom)?.users ?? (check.level === 'gate' ? '' : check.meaning)
}

/** What the check of a cause is known to find, when nothing more general is known. */
export function examplesFor({ check, verdict: { kind, symptom } }: Result<Rig>): string {
  if (kind === 'INCONCLUSIVE' || check.level === 'gate' || !EXAMPLES_HELP.has(symptom)) return ''
  return usualFaults(check)
    .map((fault) => `the proxy ${fault}`)
    .join(', or ')
}
