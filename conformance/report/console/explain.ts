import type { Rig } from '../../rig/rig.ts'
import type { ExpectationStatus } from '../../runner/outcome/expectations.ts'
import type { Result } from '../../runner/run.ts'
import { causesOf, effectOf, examplesFor, type Cause } from '../causes/causes.ts'
import { escapeConsole } from '../escape.ts'
import { shortWire } from './short-wire.ts'

const SHOWN_IDS = 12

/**
 * One failure: the finding, what such a fault usually is, the effect for users, the rule, the bytes
 * on the wire, and the command that shows it again.
 */
export function explain(
  result: Result<Rig>,
  expectationStatus: ExpectationStatus,
  rerun: string,
): readonly string[] {
  const [cause] = causesOf([result])
  const usually = cause?.usually
  return lines(result, usually, expectationStatus, rerun)
}

/** One cause: its lead in full, and the ids of all others. */
export function explainCause(
  { title, usually, lead, others }: Cause,
  rerun: string,
): readonly string[] {
  const heading =
    others.length === 0 ? [] : [escapeConsole(`${title} (${others.length + 1} checks)`)]
  return [...heading, ...lines(lead, usually, { kind: 'unexpected' }, rerun), ...theSame(others)]
}

function theSame(others: readonly Result<Rig>[]): readonly string[] {
  if (others.length === 0) return []
  const ids = others.slice(0, SHOWN_IDS).map(({ check }) => check.id)
  const more = others.length > SHOWN_IDS ? ` … (all with --html or --json)` : ''
  return [`  the same     ${others.length} more: ${ids.join(', ')}${more}`]
}

function lines(
  result: Result<Rig>,
  usually: string | undefined,
  expectationStatus: ExpectationStatus,
  rerun: string,
): readonly string[] {
  const { check, verdict, transcript } = result
  const [effect, examples] = [effectOf(result), examplesFor(result)]
  const text = [
    `${verdict.kind}  ${check.id}: ${check.title}`,
    `  finding      ${indent(verdict.reason)}`,
    ...(usually === undefined ? [] : [`  usually      ${usually}`]),
    ...(examples === '' ? [] : [`  for example  ${examples}`]),
    ...(effect === '' ? [] : [`  for users    ${effect}`]),
    // A known symptom says more than the gate.
    ...(check.level === 'gate' && usually === undefined ? [`  observed     ${check.meaning}`] : []),
    `  rule         ${check.source} (${check.level}, ${check.basis})`,
    ...(expectationStatus.kind === 'expected'
      ? [`  expected     ${expectationStatus.reason}`]
      : []),
    // What is only a recommendation must not push the rest off the screen.
    ...(verdict.kind === 'WARN' ? [] : shortWire(transcript)),
    `  see it again ${rerun}`,
  ]
  return text.map(escapeConsole)
}

function indent(text: string): string {
  return text.replaceAll('\n', '\n               ')
}
