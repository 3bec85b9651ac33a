import { relative } from 'node:path'

import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Projects in the order in which their tests start: the last one has no slow file. */
const PROJECTS = ['conformance', 'network', 'proxy', 'load', 'mock-server', 'repository']
/**
 * The files that take longest, the longest first. A run that started one of them late would wait
 * for it alone at the end. To find them: `npm test -- --reporter=json --outputFile=FILE`.
 */
export const SLOW_FILES = [
  'conformance/target.test.ts',
  'conformance/proof/matrix/kill-matrix-concentrator.test.ts',
  'conformance/proof/matrix/kill-matrix-gateway.test.ts',
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
]

/**
 * Starts the slow files of each project first. It keeps the files of a project together, because a
 * worker process serves one project only.
 */
export class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId, project }: TestSpecification): number => {
      const at = SLOW_FILES.indexOf(relative(this.ctx.config.root, moduleId))
      const within = at === -1 ? SLOW_FILES.length : at
      return PROJECTS.indexOf(project.name) * (SLOW_FILES.length + 1) + within
    }
    return files.toSorted((a, b) => rank(a) - rank(b))
  }
}
