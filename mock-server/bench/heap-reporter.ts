/**
 * Loaded into the store's process before its program. Answers each message with the heap size after
 * a garbage collection.
 */
process.on('message', () => {
  globalThis.gc?.()
  process.send?.(process.memoryUsage().heapUsed)
})
// The channel alone must not keep the process alive.
process.channel?.unref()

// A crashed benchmark cannot stop its store.
process.once('disconnect', () => process.exit())
