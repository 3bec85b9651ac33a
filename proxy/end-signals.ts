/** Signals for a normal shutdown: from an operator, from Ctrl-C, from a terminal that is closed. */
const END_SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const

/**
 * Calls back with the first signal, and once more when SIGINT follows another one: an operator who
 * presses Ctrl-C does not wait until a proxy is drained. Other signals are ignored: a terminal sends
 * SIGINT to a whole process group, and npm forwards it a second time. The shutdown has a deadline of
 * its own.
 */
export function onEndSignal(callback: (signal: NodeJS.Signals) => void): void {
  let isEnding = false
  let isInterrupted = false
  for (const signal of END_SIGNALS) {
    process.on(signal, () => {
      if (isEnding && (isInterrupted || signal !== 'SIGINT')) return
      isEnding = true
      isInterrupted ||= signal === 'SIGINT'
      callback(signal)
    })
  }
}
