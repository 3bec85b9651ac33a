import { existsSync, readFileSync, writeFileSync } from 'node:fs'

/** Where a benchmark's figures stand, and what is said of the run that gave them. */
export interface Section {
  /** Name of the benchmark. */
  readonly name: string
  /** The command line, as a reader would type it. */
  readonly command: string
  /** Day of the run, `2026-11-25`. */
  readonly day: string
  /** What it ran on. */
  readonly machine: string
  /** Markdown without a heading of level one or two. */
  readonly body: string
}

const INTRODUCTION = `# Performance

The command above each table has written it; \`npm run bench -- NAME --write\` replaces it. Absolute times
belong to the machine: compare figures of one table only, because they come from one run.
`

/** The page with this section in it: in the place of the benchmark's last one, or else at the end. */
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
