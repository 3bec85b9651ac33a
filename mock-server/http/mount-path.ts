const mountPaths = new WeakMap<object, string>()

/**
 * Records below which path a request reached what serves it. That path is no longer in the
 * request's URL, and every URL in the answer begins with it.
 */
export function mountAt(request: object, path: string): void {
  mountPaths.set(request, path)
}

/** '' for a request that was not mounted. */
export function mountPathOf(request: object): string {
  return mountPaths.get(request) ?? ''
}
