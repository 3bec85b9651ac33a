import type { LoggedRound } from './round-log.ts'
import type { SubjectRound } from './round.ts'
import { counted } from '../../counted.ts'

/** The results of all rounds as Markdown: a sentence, and one row per subject. */
export function stressTable(rounds: readonly LoggedRound[]): string {
  const names = [...new Set(rounds.flatMap(({ subjects }) => subjects.map(({ name }) => name)))]
  const rows = names.map((name) => {
    const own = rounds.flatMap(({ subjects }) => subjects.filter((each) => each.name === name))
    return row(name, own)
  })
  const all = rounds.flatMap(({ subjects }) => subjects)
  return [
    sentence(rounds),
    '',
    '| subject | verdicts on harmless targets | verdicts on broken targets | differ |',
    '|---|---|---|---|',
    ...rows,
    row('all', all),
    '',
  ].join('\n')
}

function row(name: string, rounds: readonly SubjectRound[]): string {
  const sum = (count: (round: SubjectRound) => number): number =>
    rounds.reduce((total, round) => total + count(round), 0)
  return `| ${name} | ${sum(({ harmless }) => harmless)} | ${sum(({ broken }) => broken)} | ${sum(({ wrong }) => wrong.length)} |`
}

function sentence(rounds: readonly LoggedRound[]): string {
  const loads = rounds.map(({ load }) => load).toSorted((a, b) => a - b)
  const middle = loads[Math.floor(loads.length / 2)] ?? 0
  const samples = [...new Set(rounds.map(({ sample }) => sample))].join(' or ')
  const seeds = [...new Set(rounds.map(({ seed }) => seed))].join(', ')
  const burners = [...new Set(rounds.map((round) => round.burners))].join(' or ')
  const minutes = rounds.reduce((sum, { durationMs }) => sum + durationMs, 0) / 60_000
  return [
    `${counted(rounds.length, 'round')} of ${samples} checks, seed ${seeds}, ${counted(Math.round(minutes), 'minute')},`,
    `${burners} busy ${burners === '1' ? 'thread' : 'threads'}, load average ${loads[0]?.toFixed(0)} to ${loads.at(-1)?.toFixed(0)} (median ${middle.toFixed(0)}):`,
  ].join('\n')
}
