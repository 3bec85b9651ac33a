import { runDemo } from './demo/run-demo.ts'

/** `npm start`; installed, the same is `mock-content-store demo`. */
process.exitCode = await runDemo('npm start --', process.argv.slice(2))
