import type { Rig } from '../../rig/rig.ts'
import type { ExpectationStatus } from '../../runner/outcome/expectations.ts'
import type { Result } from '../../runner/run.ts'
import { escapeConsole } from '../escape.ts'

/** Lines of a transcript that fit on a screen; reports in files have all of them. */
const SHOWN_LINES = 30

/**
 * Everything about a failure: the bytes on the wire, the finding, the rule, the effect for users, and the command that
 * repeats it.
 */
export function explain(
  { check, verdict, transcript }: Result<Rig>,
  expectationStatus: ExpectationStatus,
  rerun: string,
): readonly string[] {
  const lines = [
    `${verdict.kind}  ${check.id}: ${check.title}`,
    ...wire(transcript),
    `  finding      ${indent(verdict.reason)}`,
    `  rule         ${check.source} (${check.level}, ${check.basis})`,
    `  ${check.level === 'gate' ? 'observed      ' : 'for users    '}${check.meaning}`,
    ...(expectationStatus.kind === 'expected'
      ? [`  expected     ${expectationStatus.reason}`]
      : []),
    `  repeat       ${rerun}`,
  ]
  return lines.map(escapeConsole)
}

function wire(transcript: readonly string[]): readonly string[] {
  if (transcript.length === 0) return []
  const hidden = transcript.length - SHOWN_LINES
  return [
    '  on the wire  C: our client and the target, O: the target and our back end; ──> towards the back end',
    ...(hidden > 0 ? [`    (${hidden} earlier lines: see --html or --json)`] : []),
    ...transcript.slice(-SHOWN_LINES).map((line) => `    ${line}`),
  ]
}

function indent(text: string): string {
  return text.replaceAll('\n', '\n               ')
}
