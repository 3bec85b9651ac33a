import { joinChains } from '../backend/proxy-chain.ts'

/**
 * The names of this proxy and of the proxies that its events come through. Tells its listeners when
 * they change.
 */
export class NameChain {
  readonly #ownName: string
  readonly #readChains: () => readonly (readonly string[])[]
  readonly #listeners: (() => void)[] = []

  /** `readChains` = the chain of each back end. */
  constructor(ownName: string, readChains: () => readonly (readonly string[])[]) {
    this.#ownName = ownName
    this.#readChains = readChains
  }

  get names(): readonly string[] {
    return joinChains(this.#ownName, this.#readChains())
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener)
  }

  /** The chain of a back end has changed. */
  changed(): void {
    for (const listener of this.#listeners) listener()
  }
}
