/** A repeated task. */
export interface Task {
  readonly perSecond: number
  readonly run: () => Promise<void>
}

/**
 * Starts each task at its rate, even while earlier runs are pending, and waits for the last ones.
 */
export async function paced(lengthMs: number, tasks: readonly Task[]): Promise<void> {
  const started = performance.now()
  const done: number[] = tasks.map(() => 0)
  const running = new Set<Promise<void>>()
  for (;;) {
    const elapsedMs = performance.now() - started
    if (elapsedMs >= lengthMs) break
    for (const [index, { perSecond, run }] of tasks.entries()) {
      const due = (elapsedMs * perSecond) / 1_000
      for (; (done[index] ?? 0) < due; done[index] = (done[index] ?? 0) + 1) {
        const one: Promise<void> = run().finally(() => running.delete(one))
        running.add(one)
      }
    }
    await pause(2)
  }
  await Promise.all(running)
}

export async function pause(forMs: number): Promise<void> {
  await new Promise((resolve) => {
    setTimeout(resolve, forMs)
  })
}
