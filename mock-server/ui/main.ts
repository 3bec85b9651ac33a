/** Before the page is loaded once more, so that a store has time to return. */
const AGAIN_MS = 3_000

/**
 * Loads the page. A browser gives up all modules when one of them cannot be read: while the store
 * restarts, and when the network of the computer changes. The document is then loaded again.
 */
try {
  await import('./page.ts')
} catch (error) {
  setTimeout(() => location.reload(), AGAIN_MS)
  throw error
}
