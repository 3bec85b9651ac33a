/**
 * Files of tests that take much processor time, because they try many cases where others show one,
 * or start many programs: models, learning, restarts, upgrades, signals, crowds, whole scenarios,
 * input that grows, every example file. A short run has one of these groups, which take about the
 * same time.
 */
export const ROTATED_FILES: readonly (readonly string[])[] = [
  [
    'tools/test-run/run.test.ts',
    'mock-server/durability/kill.test.ts',
    'mock-server/routes/paging.model.test.ts',
    'proxy/backend/hostile-back-end.test.ts',
  ],
  [
    'conformance/proof/slow-client.test.ts',
    'mock-server/linear-time.inputs.test.ts',
    'mock-server/limits.test.ts',
    'proxy/process/drain.test.ts',
  ],
  [
    'mock-server/learn/run-learn.test.ts',
    'mock-server/control/openapi.test.ts',
    'conformance/proof/odd-targets.test.ts',
    'mock-server/rfc4287.test.ts',
  ],
  [
    'load/run.test.ts',
    'proxy/upgrade/upgrade.test.ts',
    'proxy/unix-socket.test.ts',
    'proxy/upgrade/upgrade-workers-failures.test.ts',
  ],
  [
    'mock-server/learn/learn.test.ts',
    'proxy/process/delivery.model.test.ts',
    'tools/scenarios.test.ts',
    'proxy/row/sentinels-with-tls.test.ts',
    'proxy/fanout/long-poll-stall.test.ts',
  ],
  [
    'tools/demo/demo.test.ts',
    'proxy/row/row.model.test.ts',
    'mock-server/scenario/scenario-run.test.ts',
    'proxy/process/vanished-clients.test.ts',
    'proxy/config/valid-files.test.ts',
  ],
  [
    'tools/resync/resync.model.test.ts',
    'proxy/fanout/stalled-crowd.test.ts',
    'proxy/upgrade/upgrade-workers.test.ts',
    'conformance/proof/findings/target-exit.test.ts',
    'proxy/resync/resync.model.test.ts',
  ],
  [
    'load/runner/environment.test.ts',
    'conformance/field/interop/interop.test.ts',
    'conformance/proof/linear-time.test.ts',
    'proxy/process/signals.test.ts',
  ],
  [
    'proxy/process/worker-pool.test.ts',
    'mock-server/learn/kill-matrix.test.ts',
    'proxy/linear-time.test.ts',
    'conformance/field/bridge/bridge.test.ts',
    'conformance/proof/findings/gates.test.ts',
  ],
  [
    'mock-server/docs.test.ts',
    'proxy/output/standard-streams.test.ts',
    'mock-server/identity.model.test.ts',
    'mock-server/routes/kept-markup.test.ts',
    'proxy/row/redis-sentinels.test.ts',
  ],
]

/** The group of a short run with this seed. */
export function rotatedIn(seed: string): readonly string[] {
  return ROTATED_FILES[Number(seed) % ROTATED_FILES.length] ?? []
}

/** The files of the other groups. */
export function rotatedOut(seed: string): readonly string[] {
  const chosen = rotatedIn(seed)
  return ROTATED_FILES.flat().filter((file) => !chosen.includes(file))
}
