import type { FaultScope } from '../faults/fault-scope.ts'
import type { FaultBench } from './fault-bench.ts'
import type { RawClient } from './raw-client.ts'

/** A kind of fault in one scope, and the client that it strikes. */
export class FaultCase {
  readonly scope: FaultScope
  readonly #bench: FaultBench
  readonly #kind: string

  constructor(bench: FaultBench, kind: string, scope: FaultScope) {
    this.#bench = bench
    this.#kind = kind
    this.scope = scope
  }

  set(parameters: object): void {
    const { scope } = this
    this.#bench.set({ name: this.#kind, kind: this.#kind, scope, ...parameters })
  }

  /** A client whose request or stream is struck. An open stream is open before the fault is set. */
  async strike(parameters: object): Promise<RawClient> {
    if (this.scope === 'sse-open') {
      const client = await this.#bench.open()
      this.set(parameters)
      return client
    }
    this.set(parameters)
    const client = await this.#bench.send(this.scope)
    await this.#bench.struck()
    return client
  }
}
