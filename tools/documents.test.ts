import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { describe, expect, it } from 'vitest'
import { z } from 'zod'

const root = fileURLToPath(new URL('..', import.meta.url))
const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((path) => path !== '' && existsSync(join(root, path)))

const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const pages = tracked.filter((path) => path.endsWith('.md'))
const sources = tracked.filter((path) => /\.(ts|go|md|ya?ml)$/.test(path))

/** The matches of `find` in each file, as `file: match`, so that a failure names the place. */
function mentions(files: readonly string[], find: RegExp): readonly (readonly [string, string])[] {
  return files.flatMap((file) =>
    [...read(file).matchAll(find)].map(([, match = '']) => [file, match] as const),
  )
}

/** Generated pages. */
const GENERATED = new Set([
  'docs/interoperability.md',
  'docs/kill-matrix.md',
  'docs/performance.md',
  'docs/products.md',
])
/** Folders that have the same meaning everywhere. */
const EVERYWHERE = new Set(['bench', 'testing'])

describe('the documents', () => {
  it('the README has at most 200 lines', () => {
    expect(read('README.md').split('\n').length).toBeLessThanOrEqual(200)
  })

  it('docs/protocol.md defines each section once', () => {
    const sections = definedSections()
    expect(sections.length).toBeGreaterThan(40)
    expect(sections).toEqual([...new Set(sections)])
  })

  it('docs/protocol.md defines every section that code, checks or pages cite', () => {
    const cited = mentions(sources, /protocol(?:\.md)? §(\d+(?:\.\d+)?)/g)
    expect(cited.length).toBeGreaterThan(0)
    const chapters = [...read('docs/protocol.md').matchAll(/^## (\d+) /gm)].map(([, n]) => n)
    const known = new Set([...definedSections(), ...chapters])
    expect(cited.filter(([, section]) => !known.has(section))).toEqual([])
  })

  it('the documents name only npm scripts that exist', () => {
    const { scripts } = z
      .object({ scripts: z.record(z.string(), z.string()) })
      .parse(JSON.parse(read('package.json')))
    const named = mentions(pages, /npm run ([a-z][a-z:-]*)/g)
    expect(named.length).toBeGreaterThan(0)
    expect(named.filter(([, script]) => !(script in scripts))).toEqual([])
  })

  it('the documents wrap prose at 100 columns', () => {
    const long = pages
      .filter((page) => !GENERATED.has(page))
      .flatMap((page) => longLines(read(page)).map((line) => `${page}: ${line}`))
    expect(long).toEqual([])
  })

  it('docs/architecture.md describes every folder of the code', () => {
    const map = read('docs/architecture.md')
    const folders = tracked.flatMap((path) => {
      const [, folder = ''] = /^(?:mock-server|proxy|conformance|load)\/([^/]+)\//.exec(path) ?? []
      return folder === '' || EVERYWHERE.has(folder) ? [] : [folder]
    })
    expect(folders.length).toBeGreaterThan(0)
    expect([...new Set(folders)].filter((folder) => !map.includes(`\`${folder}/\``))).toEqual([])
  })

  it('the documents link only to files that exist', () => {
    const links = mentions(pages, /\]\((?!https?:|#)([^)#\s]+)(?:#[^)]*)?\)/g)
    expect(links.length).toBeGreaterThan(0)
    expect(links.filter(([page, link]) => !existsSync(join(root, dirname(page), link)))).toEqual([])
  })
})

/**
 * Lines of prose over 100 columns. Code, tables and a line that is one long word cannot be wrapped.
 */
function longLines(page: string): readonly string[] {
  const prose = page.replaceAll(/^( *)```[^]*?^\1```$/gm, '')
  return prose.split('\n').filter((line) => line.length > 100 && !/^(\||<!--|#|\s*\S+$)/.test(line))
}

function definedSections(): readonly string[] {
  return [...read('docs/protocol.md').matchAll(/^- \*\*(\d+\.\d+)\*\*/gm)].map(([, n = '']) => n)
}
