import type { Rig } from '../../rig/rig.ts'
import type { ExpectationStatus } from '../../runner/outcome/expectations.ts'
import type { Result } from '../../runner/run.ts'
import { causesOf, type Cause } from '../causes/causes.ts'
import { usualFaults } from '../causes/usual-faults.ts'
import { escapeConsole } from '../escape.ts'
import { shortWire } from './short-wire.ts'

const SHOWN_IDS = 12

/**
 * One failure: the finding, what such a fault usually is, the effect for users, the rule, the bytes on the wire, and the
 * command that shows it again.
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
  { check, verdict, transcript }: Result<Rig>,
  usually: string | undefined,
  expectationStatus: ExpectationStatus,
  rerun: string,
): readonly string[] {
  const faults = usually === undefined ? usualFaults(check) : []
  const text = [
    `${verdict.kind}  ${check.id}: ${check.title}`,
    `  finding      ${indent(verdict.reason)}`,
    ...(usually === undefined ? [] : [`  usually      ${usually}`]),
    ...(faults.length === 0 ? [] : [`  usually      the proxy ${faults.join(', or ')}`]),
    // A gate that fails with a known symptom is not about what the gate is for.
    ...(check.level === 'gate' && usually !== undefined
      ? []
      : [`  ${check.level === 'gate' ? 'observed   ' : 'for users  '}  ${check.meaning}`]),
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
