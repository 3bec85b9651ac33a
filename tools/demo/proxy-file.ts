import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { cutSetting } from './demo-options.ts'

/** A configuration file that is removed with its folder. */
export interface ProxyFile extends Disposable {
  readonly path: string
}

/** The file itself when there are no settings, else a copy with those keys (`a.b.c=value`) set. */
export async function proxyFile(path: string, settings: readonly string[]): Promise<ProxyFile> {
  if (settings.length === 0) return { path, [Symbol.dispose]: () => {} }
  const folder = mkdtempSync(join(tmpdir(), 'sse-proxy-demo-'))
  const copy = join(folder, 'sse-proxy.yaml')
  writeFileSync(copy, await withSettings(readFileSync(path, 'utf8'), settings))
  return { path: copy, [Symbol.dispose]: () => rmSync(folder, { recursive: true }) }
}

async function withSettings(yaml: string, settings: readonly string[]): Promise<string> {
  // Loading it takes a tenth of the time of a start without settings.
  const { parse, parseDocument } = await import('yaml')
  const document = parseDocument(yaml)
  for (const setting of settings) {
    const [name, value] = cutSetting(setting)
    document.setIn(name.split('.'), parse(value))
  }
  return document.toString()
}
