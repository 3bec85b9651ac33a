import { defineConfig } from 'vitest/config'

/** One project per folder, so that `npm test -- --project proxy` runs one of them. */
const project = (name: string, include: readonly string[]) => ({
  test: { name, include: [...include], testTimeout: 30_000, hookTimeout: 30_000 },
})

export default defineConfig({
  test: {
    // Most tests wait for sockets and programs, not for the processor.
    maxWorkers: 2,
    // With TARGET only that target is judged.
    projects:
      process.env['TARGET'] !== undefined
        ? [project('target', ['conformance/e2e/target.test.ts'])]
        : [
            project('repository', ['tools/**/*.test.ts', 'fixtures/**/*.test.ts']),
            project('mock-server', ['mock-server/**/*.test.ts']),
            project('proxy', ['proxy/**/*.test.ts']),
            project('conformance', ['conformance/**/*.test.ts']),
            project('load', ['load/**/*.test.ts']),
          ],
  },
})
