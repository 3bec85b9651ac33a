import { readFileSync } from 'node:fs'

import { z } from 'zod'

import {
  browserReaders,
  findChromium,
  startBrowser,
  type Browser,
  type OpenInBrowser,
} from './browser-readers.ts'
import { ForeignReaders, isInstalled, LANGUAGES, versionsOf } from './foreign-readers.ts'
import { nodeReaders, type OpenReader } from './node-readers.ts'

const versions = z.record(z.string(), z.string())
const manifest = z.object({ dependencies: versions, devDependencies: versions })

/** The readers of this machine that open connections. */
export interface Readers extends AsyncDisposable {
  readonly open: Readonly<Record<string, OpenReader | OpenInBrowser>>
  /** The version of Chromium. Undefined if it was not requested or is not installed. */
  readonly chromium: string | undefined
}

/** Starts the readers of every installed language. Starts browser readers only on request. */
export async function startReaders(
  types: readonly string[],
  { withBrowser }: { readonly withBrowser: boolean },
): Promise<Readers> {
  const path = withBrowser ? findChromium() : undefined
  const browser: Browser | undefined = path === undefined ? undefined : await startBrowser(path)
  const foreign = LANGUAGES.filter(isInstalled).map(
    (language) => [language, new ForeignReaders(language)] as const,
  )
  const openers = foreign.flatMap(([{ readers }, program]) =>
    Object.keys(readers).map((reader) => [reader, program.opener(reader)] as const),
  )
  return {
    open: {
      ...nodeReaders(types),
      ...(browser === undefined ? {} : browserReaders(browser, types)),
      ...Object.fromEntries(openers),
    },
    chromium: browser?.version,
    [Symbol.asyncDispose]: async () => {
      for (const [, program] of foreign) await program[Symbol.asyncDispose]()
      await browser?.[Symbol.asyncDispose]()
    },
  }
}

/** Versions by name, of packages and of readers of other languages. */
export function readerVersions(): Readonly<Record<string, string>> {
  const { dependencies, devDependencies } = manifest.parse(
    JSON.parse(readFileSync('package.json', 'utf8')),
  )
  return { ...dependencies, ...devDependencies, ...Object.assign({}, ...LANGUAGES.map(versionsOf)) }
}
