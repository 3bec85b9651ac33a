/** Loaded into the store's process before its program: on each message, answers with the heap that is left after a collection. */
process.on('message', () => {
  globalThis.gc?.()
  process.send?.(process.memoryUsage().heapUsed)
})
// The channel alone keeps no process.
process.channel?.unref()

// A benchmark that broke down cannot end its store.
process.once('disconnect', () => process.exit())
