/** `*` matches any characters, `?` one, `{a,b}` for either; the whole id must match. */
export function matchesGlob(glob: string, id: string): boolean {
  return matchFrom(glob, id, new Set([0])).has(id.length)
}

/**
 * Positions where a match of `glob` can end when it begins at one of `starts`. It follows all paths
 * at once, so the time is bounded by the length of the glob times that of the id.
 */
function matchFrom(glob: string, id: string, starts: ReadonlySet<number>): ReadonlySet<number> {
  let ends = starts
  for (let at = 0; at < glob.length && ends.size > 0; at += 1) {
    const character = glob[at]
    const close = character === '{' ? glob.indexOf('}', at) : -1
    if (close !== -1) {
      const choices = glob.slice(at + 1, close).split(',')
      const from = ends
      ends = new Set(choices.flatMap((choice) => [...matchFrom(choice, id, from)]))
      at = close
    } else if (character === '*') {
      const first = Math.min(...ends)
      ends = new Set(Array.from({ length: id.length - first + 1 }, (_, more) => first + more))
    } else {
      ends = new Set(
        [...ends]
          .filter((end) => end < id.length && (character === '?' || id[end] === character))
          .map((end) => end + 1),
      )
    }
  }
  return ends
}

/** Globs separated by commas; a comma inside braces belongs to its glob. */
export function splitGlobs(text: string): readonly string[] {
  const globs: string[] = []
  let start = 0
  let inBraces = false
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === '{') inBraces = true
    else if (text[at] === '}') inBraces = false
    else if (text[at] === ',' && !inBraces) {
      globs.push(text.slice(start, at))
      start = at + 1
    }
  }
  return [...globs, text.slice(start)]
}
