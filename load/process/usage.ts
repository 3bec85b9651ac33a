import { readTree } from './process-tree.ts'

/** Resources of a process, as counted by the kernel. */
export interface Usage {
  readonly name: string
  /**
   * Resident memory while all streams were open and idle; undefined = the run did not get that far.
   */
  readonly idleBytes: number | undefined
  /** The same in the last round, which shows growth during a soak. */
  readonly lastIdleBytes: number | undefined
  readonly peakBytes: number
  readonly cpuMs: number
}

/** Processor time of each process during one phase. */
export interface PhaseCpu {
  readonly phase: string
  readonly cpuMs: Readonly<Record<string, number>>
}

const SAMPLE_MS = 500

interface Watched {
  readonly name: string
  readonly pid: number
  idleBytes: number | undefined
  lastIdleBytes: number | undefined
  peakBytes: number
  cpuMs: number
}

/** Measures processes through /proc; on systems other than Linux it reports nothing. */
export class UsageMeter implements Disposable {
  readonly #watched: Watched[] = []
  readonly #cpuByPhase: PhaseCpu[] = []
  readonly #cpuAtPhaseEnd = new Map<string, number>()
  readonly #timer = setInterval(() => void this.sample(), SAMPLE_MS)

  constructor() {
    this.#timer.unref()
  }

  watch(name: string, pid: number | undefined): void {
    if (pid === undefined) return
    this.#watched.push({
      name,
      pid,
      idleBytes: undefined,
      lastIdleBytes: undefined,
      peakBytes: 0,
      cpuMs: 0,
    })
  }

  /** Call at the end of each phase. */
  async endPhase(phase: string): Promise<void> {
    await this.sample()
    const spent = this.#watched.map(
      ({ name, cpuMs }) => [name, cpuMs - (this.#cpuAtPhaseEnd.get(name) ?? 0)] as const,
    )
    for (const { name, cpuMs } of this.#watched) this.#cpuAtPhaseEnd.set(name, cpuMs)
    this.#cpuByPhase.push({ phase, cpuMs: Object.fromEntries(spent) })
  }

  get cpuByPhase(): readonly PhaseCpu[] {
    return this.#cpuByPhase
  }

  /** Call when all streams are open and idle. */
  async markIdle(): Promise<void> {
    for (const process of this.#watched) {
      process.lastIdleBytes = (await readTree(process.pid))?.residentBytes
      process.idleBytes ??= process.lastIdleBytes
    }
  }

  async sample(): Promise<void> {
    for (const process of this.#watched) {
      const now = await readTree(process.pid)
      if (now === undefined) continue
      process.peakBytes = Math.max(process.peakBytes, now.residentBytes)
      process.cpuMs = now.cpuMs
    }
  }

  usage(): readonly Usage[] {
    return this.#watched
      .filter(({ peakBytes }) => peakBytes > 0)
      .map(({ name, idleBytes, lastIdleBytes, peakBytes, cpuMs }) => {
        return { name, idleBytes, lastIdleBytes, peakBytes, cpuMs }
      })
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
  }
}
