/** One instruction, with its arguments as words: `COPY a b` is `['a', 'b']`. */
interface Instruction {
  readonly name: string
  readonly text: string
  readonly words: readonly string[]
}

export interface Stage {
  readonly name: string
  /** Name of an earlier stage, or an image. */
  readonly base: string
  readonly instructions: readonly Instruction[]
}

/**
 * The stages of a Dockerfile, in order. Knows what ours is written in: an instruction per line,
 * arguments without quotes or as a JSON array. Throws for a line that continues on the next one.
 */
export function stagesOf(dockerfile: string): readonly Stage[] {
  const stages: { name: string; base: string; instructions: Instruction[] }[] = []
  for (const line of dockerfile.split('\n')) {
    if (line.trim() === '' || line.startsWith('#')) continue
    if (line.endsWith('\\')) throw new Error(`expected one line, got a continued one: ${line}`)
    const [name = '', ...words] = line.split(/\s+/)
    if (name === 'FROM') {
      const [base = '', , stage = base] = words
      stages.push({ name: stage, base, instructions: [] })
    } else {
      stages.at(-1)?.instructions.push({ name, text: line.slice(name.length).trim(), words })
    }
  }
  return stages
}

/** The value of an instruction in JSON form, after flags of the instruction itself. */
export function commandIn(text: string): readonly string[] {
  const value: unknown = JSON.parse(text.slice(text.indexOf('[')))
  if (Array.isArray(value)) return value.map(String)
  throw new Error(`expected a JSON array, got ${text}`)
}
