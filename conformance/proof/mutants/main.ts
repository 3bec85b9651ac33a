import { ConformanceError } from '../../errors.ts'
import { readCommandLine, type MutantCommand } from './command-line.ts'
import { MUTANTS } from './mutants.ts'

const USAGE = 2
const CANNOT_START = 3

/** Runs one mutant by hand, to see with curl what a check sees. */
async function main(): Promise<void> {
  const command = readCommandLine(process.argv.slice(2))
  switch (command.kind) {
    case 'help':
      return void process.stdout.write(command.text)
    case 'list':
      return void process.stdout.write(listing())
    case 'serve':
      return await serve(command)
  }
}

async function serve({
  mutant,
  backends,
  port,
}: Extract<MutantCommand, { kind: 'serve' }>): Promise<void> {
  const settings = { role: mutant.role, backends: backends.map((url) => ({ url })) }
  const target = await mutant.start(settings, port)
  process.stdout.write(`listening on ${target.frontUrl}\n`)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void target.close())
  }
}

function listing(): string {
  return MUTANTS.map(({ name, role, benign, description }) => {
    const kind = benign ? 'benign' : 'broken'
    return `${role.padEnd(13)}${kind}  ${name.padEnd(28)}${description}\n`
  }).join('')
}

main().catch((error: unknown) => {
  const usage = error instanceof ConformanceError
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = usage ? USAGE : CANNOT_START
})
