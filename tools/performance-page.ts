import { existsSync, readFileSync, writeFileSync } from 'node:fs'

/** One section of docs/performance.md: the figures of a benchmark, and facts about its run. */
export interface Section {
  /** Name of the benchmark. */
  readonly name: string
  /** The command line for readers. */
  readonly command: string
  /** Day of the run, `2026-11-25`. */
  readonly day: string
  /** The machine of the run. */
  readonly machine: string
  /** Markdown without a heading of level one or two. */
  readonly body: string
}

const INTRODUCTION = `# Performance

The command above each table has written it; \`npm run bench -- NAME --write\` replaces it. Absolute times
depend on the machine: compare only figures of one table, because they are from one run.
`

/** The page with this section: it replaces the benchmark's last one, or is appended. */
export function withSection(page: string, section: Section): string {
  const { begin, end } = marksOf(section.name)
  const text = [
    begin,
    `## ${section.name}`,
    '',
    `\`${section.command}\`, ${section.day}, ${section.machine}`,
    '',
    section.body.trim(),
    '',
    end,
  ].join('\n')
  const from = page.indexOf(begin)
  const to = page.indexOf(end)
  if (from === -1 || to < from) return `${page.trimEnd()}\n\n${text}\n`
  return page.slice(0, from) + text + page.slice(to + end.length)
}

export function writeSection(path: string, section: Section): void {
  const page = existsSync(path) ? readFileSync(path, 'utf8') : INTRODUCTION
  writeFileSync(path, withSection(page, section))
}

function marksOf(name: string): { readonly begin: string; readonly end: string } {
  return { begin: `<!-- bench ${name} -->`, end: `<!-- end of bench ${name} -->` }
}
