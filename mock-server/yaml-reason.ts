import { YAMLParseError } from 'yaml'

/** Why a YAML file could not be read, in a sentence for its author. */
export function yamlReason(error: unknown): string {
  // The parser calls itself for each level, and reports the end of its stack.
  if (error instanceof YAMLParseError && error.code === 'RESOURCE_EXHAUSTION')
    return 'too many lists or maps are inside each other; a file of the store needs five levels at most'
  return error instanceof Error ? error.message.trim() : String(error)
}
