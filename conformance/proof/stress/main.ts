import { ConformanceError } from '../../errors.ts'
import { stressCommand } from './stress-command.ts'

/** `npm run stress`. */
try {
  process.exitCode = await stressCommand(
    process.argv.slice(2),
    (text) => void process.stdout.write(text),
  )
} catch (error) {
  if (!(error instanceof ConformanceError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 2
}
