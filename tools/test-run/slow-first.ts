import { relative } from 'node:path'

import { BaseSequencer, type TestSpecification } from 'vitest/node'

/**
 * The files that take longest, the longest first. A run that started one of them late would wait
 * for it alone at the end. To find them: `npm test -- --reporter=json --outputFile=FILE`.
 */
export const SLOW_FILES = [
  'conformance/target.test.ts',
  'conformance/proof/matrix/kill-matrix-concentrator.test.ts',
  'conformance/proof/matrix/kill-matrix-gateway.test.ts',
  'mock-server/durability/kill.test.ts',
  'tools/ci/templates.test.ts',
  'tools/package/package.test.ts',
  'tools/container/container.test.ts',
  'tools/page/reconnect.test.ts',
  'load/run.test.ts',
  'load/listen.test.ts',
  'conformance/field/interop/interop.test.ts',
  'proxy/process/standstill.test.ts',
  'proxy/process/worker-pool.test.ts',
  'proxy/fanout/stalled-crowd.test.ts',
  'proxy/process/vanished-clients.test.ts',
  'proxy/process/delivery.model.test.ts',
  'proxy/linear-time.test.ts',
  'tools/resync/resync.model.test.ts',
  'mock-server/learn/run-learn.test.ts',
  'mock-server/main.test.ts',
  'tools/demo/demo.test.ts',
  'tools/scenarios.test.ts',
  'proxy/upgrade/upgrade.test.ts',
  'proxy/upgrade/upgrade-workers.test.ts',
  'proxy/upgrade/upgrade-workers-failures.test.ts',
  'proxy/unix-socket.test.ts',
  'tools/test-run/end-leftovers.test.ts',
  'tools/test-run/run.test.ts',
]

/** Starts the slow files of each project first, and keeps the others in the order of their names. */
export class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const pathOf = ({ moduleId }: TestSpecification): string =>
      relative(this.ctx.config.root, moduleId)
    const rank = (file: TestSpecification): number => {
      const at = SLOW_FILES.indexOf(pathOf(file))
      return at === -1 ? SLOW_FILES.length : at
    }
    return files.toSorted((a, b) => rank(a) - rank(b) || (pathOf(a) < pathOf(b) ? -1 : 1))
  }
}
