import { Worker } from 'node:worker_threads'

/** Runs in bursts of 5 to 80 ms with short pauses, which disturb timers more than a steady load. */
const BURN = `
  const pause = new Int32Array(new SharedArrayBuffer(4))
  for (;;) {
    const until = performance.now() + 5 + Math.random() * 75
    while (performance.now() < until) Math.sqrt(until)
    Atomics.wait(pause, 0, 0, Math.random() * 10)
  }
`

export interface Burners {
  stop(): Promise<void>
}

/** Threads that keep the processors busy until they are stopped. */
export async function startBurners(count: number): Promise<Burners> {
  const workers = Array.from({ length: count }, () => new Worker(BURN, { eval: true }))
  await Promise.all(
    workers.map(
      (worker) =>
        new Promise((resolve, reject) => {
          worker.once('online', resolve)
          worker.once('error', reject)
        }),
    ),
  )
  return {
    stop: async () => {
      await Promise.all(workers.map((worker) => worker.terminate()))
    },
  }
}
