import { execa } from 'execa'

import { Finding } from '../runner/outcome/verdict.ts'
import type { TargetPart, TargetRow } from '../runner/target.ts'
import type { ExternalRow, PartCommands } from './target-file.ts'

/** A command that takes longer hangs. */
const COMMAND_MS = 60_000
const MOST_OUTPUT = 500

/** The row of a target that runs already, with the commands of its operator. */
export function commandedRow(front: string, row: ExternalRow): TargetRow {
  const { second, firstFront, secondFront, engine, folder } = row
  const part = (commands: PartCommands | undefined): TargetPart | undefined =>
    commands === undefined ? undefined : commandedPart(commands, folder)
  return {
    fronts: [
      { url: front, part: part(firstFront) },
      { url: second, part: part(secondFront) },
    ],
    engine: part(engine),
  }
}

function commandedPart({ kill, start }: PartCommands, cwd: string): TargetPart {
  return {
    kill: async () => await run(kill, cwd),
    start: async () => await run(start, cwd),
  }
}

async function run([program = '', ...args]: readonly string[], cwd: string): Promise<void> {
  const { failed, shortMessage, all } = await execa(program, args, {
    cwd,
    stdin: 'ignore',
    all: true,
    reject: false,
    timeout: COMMAND_MS,
  })
  if (!failed) return
  const output = all.slice(-MOST_OUTPUT)
  throw new Finding(
    'inconclusive',
    `a command of the target file failed: ${shortMessage}\n${output}`,
  )
}
