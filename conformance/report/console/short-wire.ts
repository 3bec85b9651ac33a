const FIRST_LINES = 8
const LAST_LINES = 20

/**
 * The transcript as it fits on a screen: its beginning and its end. Reports in files have all of
 * it.
 */
export function shortWire(transcript: readonly string[]): readonly string[] {
  if (transcript.length === 0) return []
  const hidden = transcript.length - FIRST_LINES - LAST_LINES
  const shown =
    hidden <= 1
      ? transcript
      : [
          ...transcript.slice(0, FIRST_LINES),
          `(${hidden} lines left out here: see --html or --json)`,
          ...transcript.slice(-LAST_LINES),
        ]
  return [
    '  on the wire  C: our client and the target, O: the target and our back end; ──> towards the back end',
    ...shown.map((line) => `    ${line}`),
  ]
}
