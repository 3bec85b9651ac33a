import { bundleProgram } from '../bundle-program.ts'

/**
 * Global setup of a run of all tests: they start these programs hundreds of times. The tests of
 * `tools/package` and `tools/container` start them as users get them.
 */
export async function setup(): Promise<void> {
  const { TEST_COMPILED: compiled } = process.env
  if (compiled === undefined) throw new Error('expected that compile.ts runs before bundle.ts')
  await bundleProgram('proxy', compiled)
  await bundleProgram('mock-server', compiled)
}
