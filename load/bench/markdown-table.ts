/** Rows as a Markdown table; the first row is the head. */
export function markdownTable(...[head, ...rows]: readonly (readonly string[])[]): string {
  const lines = [head ?? [], (head ?? []).map(() => '---'), ...rows]
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}
