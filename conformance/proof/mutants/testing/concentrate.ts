import type { BackendSettings } from '../../../runner/target.ts'
import type { ConcentratorFaults } from '../concentrator/concentrator-faults.ts'
import { startConcentrator } from '../concentrator/concentrator.ts'
import type { Client } from './client.ts'

/** A reference concentrator that closes with its scope. */
export async function concentrate(
  backends: readonly BackendSettings[],
  faults?: ConcentratorFaults,
) {
  const target = await startConcentrator({ role: 'concentrator', backends }, faults)
  return { ...target, [Symbol.asyncDispose]: () => target.close() }
}

/** The ids of the events received so far, in order. */
export function ids(client: Client): readonly string[] {
  return Array.from(client.text().matchAll(/^id: (.+)$/gm), ([, id = '']) => id)
}

/** The data of the events received so far, in order. */
export function data(client: Client): readonly string[] {
  return Array.from(client.text().matchAll(/^data: (.+)$/gm), ([, text = '']) => text)
}
