import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { whySkipped } from './chromium.ts'
import type { PageRig } from './page-rig.ts'
import { startPageRig } from './page-rig.ts'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

const SCREENS = [
  'studio',
  'studio/801',
  'studio/801?tab=atom',
  'studio/801?tab=history',
  'studio/801?tab=rows',
  'studio/801?tab=effects',
  'studio/new',
  'log',
  'streams',
  'clients',
  'faults',
  'generator',
  'scenarios',
  'tools',
]

/** What axe-core finds, one line each. */
async function violations(page: Page): Promise<readonly string[]> {
  // Evaluated past the policy of the page.
  await page.evaluate(AXE)
  return await page.evaluate(`axe.run().then(({ violations }) => violations.flatMap(
    ({ id, nodes }) => nodes.map(({ target, failureSummary }) => id + ' at ' + target.join(' ') + ': ' + failureSummary)))`)
}

const why = whySkipped()

describe.skipIf(why !== '')(`accessibility of the page${why}`, () => {
  let rig: PageRig
  beforeAll(async () => {
    rig = await startPageRig()
    // It begins with a reset, and stays paused.
    const paused = { method: 'POST', body: 'name: paused\nsteps: [{wait: 1s}]' }
    await fetch(`${rig.storeUrl}/__mock/scenarios?step=true`, paused)
    await rig.call('POST', '/items', { section: 12, title: 'Ferry', state: 'published' })
    await rig.call('POST', '/snapshots', { name: 'before' })
    await rig.call('POST', '/spaces', { name: 'ann' })
    const fault = { name: 'slow', kind: 'latency', scope: 'feed', ms: 20, ttlMs: 3_600_000 }
    await rig.call('PUT', '/faults', { faults: [fault] })
    await fetch(`${rig.storeUrl}/webservice/escenic/changelog/section/12`)
    await rig.call('PUT', '/clock', { frozen: true })
  })
  afterAll(() => rig[Symbol.asyncDispose]())

  it.each(['light', 'dark'] as const)(
    'axe-core finds no violation on any screen, in the %s theme, wide and narrow',
    async (colorScheme) => {
      for (const width of [1280, 400]) {
        const page = await rig.open('studio', { width, colorScheme })
        for (const screen of SCREENS) {
          await page.evaluate(`location.hash = '#/${screen}'`)
          await page.locator(`main.${/^\w+/.exec(screen)?.[0] ?? ''}`).waitFor()
          if (screen.startsWith('studio/')) await page.locator('.drawer h2').waitFor()
          expect([width, screen, await violations(page)]).toEqual([width, screen, []])
        }
        await page.evaluate(`location.hash = '#/scenarios'`)
        await page.getByLabel('YAML').fill('name: a\nsteps: [{wait: soon}]')
        await page.getByRole('button', { name: /^line 2, column/ }).waitFor()
        await page.getByText('next: wait').waitFor()
        expect([width, 'mistakes', await violations(page)]).toEqual([width, 'mistakes', []])
        await page.evaluate(`location.hash = '#/studio'`)
        await page.locator('[role=option] .pick').first().click()
        await page.getByTestId('selected').waitFor()
        expect([width, 'selection', await violations(page)]).toEqual([width, 'selection', []])
        await page.keyboard.press('?')
        await page.getByRole('complementary', { name: 'Help' }).waitFor()
        expect(await violations(page)).toEqual([])
        await page.context().close()
      }
      expect(rig.mistakes).toEqual([])
    },
  )

  it('a narrow page does not scroll sideways', async () => {
    const page = await rig.open('studio', { width: 400 })
    for (const screen of SCREENS) {
      await page.evaluate(`location.hash = '#/${screen}'`)
      await page.locator(`main.${/^\w+/.exec(screen)?.[0] ?? ''}`).waitFor()
      const widths = await page.evaluate<readonly number[]>(
        `[...document.querySelectorAll('html, main')].map(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)`,
      )
      expect([screen, ...widths]).toEqual([screen, 0, 0])
    }
    await page.context().close()
  })
})
