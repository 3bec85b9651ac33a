import { markdownText } from '../report/escape.ts'

/** Rows as a Markdown table; the first row is the head. */
export function markdownTable(...[head, ...rows]: readonly (readonly string[])[]): string {
  const lines = [head ?? [], (head ?? []).map(() => '---'), ...rows]
  return lines.map((cells) => `| ${cells.map(markdownText).join(' | ')} |`).join('\n')
}
