import type { Rig } from '../rig/rig.ts'
import type { Standing } from '../runner/expectations.ts'
import type { Result } from '../runner/run.ts'

/** Everything that somebody needs who has to mend what failed: rule, finding, meaning, wire, and how to see it again. */
export function explain(
  { check, verdict, transcript }: Result<Rig>,
  standing: Standing,
  rerun: string,
): readonly string[] {
  return [
    `${verdict.kind}  ${check.id}: ${check.title}`,
    `  what came    ${indent(verdict.reason)}`,
    `  rule         ${check.source} (${check.level}, ${check.basis})`,
    `  for users    ${check.meaning}`,
    ...(standing.kind === 'expected' ? [`  expected     ${standing.reason}`] : []),
    `  see it again ${rerun}`,
    ...(transcript.length === 0
      ? []
      : [
          '  on the wire  C: our client and the target, O: the target and our back end',
          ...transcript.map((line) => `    ${line}`),
        ]),
  ]
}

function indent(text: string): string {
  return text.replaceAll('\n', '\n               ')
}
