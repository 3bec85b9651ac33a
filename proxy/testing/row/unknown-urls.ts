import type { EngineState } from './engine-state.ts'
import type { SimulatedMember } from './simulated-member.ts'

/**
 * Change logs that the engine or a member does not know and should: those that were announced to
 * clients, or by default those that any of them knows.
 */
export function unknownUrls(
  engine: EngineState,
  members: readonly SimulatedMember[],
  announced: ReadonlySet<string> | undefined,
): readonly string[] {
  const known: readonly (readonly [string, ReadonlySet<string>])[] = [
    ['the engine', new Set(engine.urls().urls.map(({ url }) => url))],
    ...members.map(({ name, urls }) => [name, urls] as const),
  ]
  const all = announced ?? new Set(known.flatMap(([, urls]) => [...urls]))
  return known.flatMap(([name, urls]) =>
    [...all].filter((url) => !urls.has(url)).map((url) => `${name} does not know ${url}`),
  )
}
