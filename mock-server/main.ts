#!/usr/bin/env node

void main()

async function main(): Promise<void> {
  const [command, ...args] = process.argv.slice(2)
  if (command === 'demo') {
    // The demo runs a proxy too, which this folder knows nothing of.
    // oxlint-disable-next-line no-restricted-imports
    const { runDemo } = await import('../tools/demo/run-demo.ts')
    process.exitCode = await runDemo('mock-content-store demo', args)
  } else {
    const { runProgram } = await import('./program.ts')
    process.exitCode = await runProgram(process.argv.slice(2))
  }
}
