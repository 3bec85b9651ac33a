import { readFileSync } from 'node:fs'

import { parse } from 'yaml'

const MAX_CHARACTERS = 64 * 1024
const MAX_FLOW_DEPTH = 64
const MAX_INDENT = 200

/**
 * Reads a YAML file. Throws when it is unreadable, not YAML, or longer or deeper than any real
 * file.
 */
export function readYaml(path: string): unknown {
  const text = readFileSync(path, 'utf8')
  if (text.length > MAX_CHARACTERS)
    throw new Error(`it has ${text.length} characters; at most ${MAX_CHARACTERS} are read`)
  // The parser recurses: a file of some thousand brackets would end the process.
  expectFlat(text)
  return parse(text)
}

function expectFlat(text: string): void {
  let depth = 0
  let indent = 0
  let inIndent = true
  for (const character of text) {
    if (character === '\n') [indent, inIndent] = [0, true]
    else if (inIndent && ' \t-?:'.includes(character)) indent += 1
    else inIndent = false
    if (character === '[' || character === '{') depth += 1
    else if ((character === ']' || character === '}') && depth > 0) depth -= 1
    if (depth > MAX_FLOW_DEPTH || indent > MAX_INDENT) throw new Error('it is nested too deeply')
  }
}
