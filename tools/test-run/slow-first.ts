import { relative } from 'node:path'

import { BaseSequencer, type TestSpecification } from 'vitest/node'

/**
 * The files that take longest, the longest first. A run that started one of them late would wait for it alone at the
 * end. To find them: `npm test -- --reporter=json --outputFile=FILE`.
 */
const SLOW = [
  'conformance/target.test.ts',
  'conformance/field/interop/interop.test.ts',
  'proxy/backend/recovery.test.ts',
  'conformance/proof/odd-targets.test.ts',
  'proxy/process/delivery.model.test.ts',
  'proxy/process/worker-pool.test.ts',
]

/** Starts the slow files first. The others follow by project, because a worker process serves one project only. */
export class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const at = SLOW.indexOf(relative(this.ctx.config.root, moduleId))
      return at === -1 ? SLOW.length : at
    }
    return files.toSorted(
      (a, b) => rank(a) - rank(b) || a.project.name.localeCompare(b.project.name),
    )
  }
}
