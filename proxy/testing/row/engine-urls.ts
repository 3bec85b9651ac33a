import type { KnownUrl } from '../../row/engine.ts'

/** The change log URLs of an engine in memory, the latest last. */
export class EngineUrls {
  readonly #urls = new Map<string, KnownUrl>()
  /** How often URLs were put back, or the first one was announced. */
  restored = 0

  get all(): readonly KnownUrl[] {
    return [...this.#urls.values()]
  }

  get revision(): number {
    return this.#urls.size === 0 ? 0 : Math.max(1, this.restored)
  }

  announce(
    announced: readonly { readonly backEnd: string; readonly url: string | undefined }[],
    maxUrls: number,
  ): void {
    const wasEmpty = this.#urls.size === 0
    for (const { backEnd, url } of announced) {
      if (url === undefined || maxUrls === 0) continue
      this.#urls.delete(keyOf({ backEnd, url }))
      this.#urls.set(keyOf({ backEnd, url }), { backEnd, url })
    }
    for (const key of this.#urls.keys()) {
      if (this.#urls.size <= maxUrls) break
      this.#urls.delete(key)
    }
    if (wasEmpty && this.#urls.size > 0) this.restored += 1
  }

  remember(urls: readonly KnownUrl[], maxUrls: number): void {
    const older = urls.filter((url) => !this.#urls.has(keyOf(url)))
    const room = maxUrls - this.#urls.size
    const added = room <= 0 ? [] : older.slice(-room)
    const newer = this.all
    this.#urls.clear()
    for (const known of [...added, ...newer]) this.#urls.set(keyOf(known), known)
    if (added.length > 0) this.restored += 1
  }

  forget(urls: readonly KnownUrl[]): void {
    for (const url of urls) this.#urls.delete(keyOf(url))
  }

  replace(other: EngineUrls): void {
    this.clear()
    for (const known of other.all) this.#urls.set(keyOf(known), known)
    this.restored = other.restored
  }

  clear(): void {
    this.#urls.clear()
  }
}

function keyOf({ backEnd, url }: KnownUrl): string {
  return `${backEnd} ${url}`
}
