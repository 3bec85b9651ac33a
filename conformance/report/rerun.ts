import { STAYS_UP } from '../checks/stays-up.ts'
import { COMMAND } from '../command-name.ts'
import type { LoadedTarget } from '../drivers/load-target.ts'

/** The command that runs one check again on the same target, with the flags that the run had. */
export function rerunCommand({ flags }: Pick<LoadedTarget, 'flags'>, id: string): string {
  // Only the whole run shows an exit between two checks again.
  return `${COMMAND} ${flags}${id === STAYS_UP.id ? '' : ` --only ${id}`}`
}
