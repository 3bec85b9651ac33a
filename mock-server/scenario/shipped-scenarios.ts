import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Names of the scenarios that the package brings. */
export function shippedScenarios(): readonly string[] {
  return readdirSync(fileOf('.'))
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => name.slice(0, -'.yaml'.length))
}

/** The file of a shipped scenario for its name, and any other text as it is. */
export function scenarioPath(nameOrPath: string): string {
  return shippedScenarios().includes(nameOrPath) ? fileOf(`${nameOrPath}.yaml`) : nameOrPath
}

function fileOf(name: string): string {
  return fileURLToPath(new URL(name, import.meta.resolve('#scenarios/scenario.schema.json')))
}
