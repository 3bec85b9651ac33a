import { readFile } from 'node:fs/promises'

import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import { whySkipped } from './chromium.ts'
import type { PageRig } from './page-rig.ts'
import { startPageRig } from './page-rig.ts'

/** The items that are in the document. */
function rows(page: Page): Locator {
  return page.locator('[data-rows] [role=option]')
}

/** Text of a file that a link of the page downloads. */
async function download(page: Page, name: string): Promise<string> {
  const started = page.waitForEvent('download')
  await page.getByRole('link', { name, exact: true }).first().click()
  return await readFile(await (await started).path(), 'utf8')
}

async function confirm(page: Page): Promise<void> {
  await page.getByRole('alertdialog').getByRole('button').first().click()
}

const why = whySkipped()

describe.skipIf(why !== '')(`a tester at the page${why}`, () => {
  let rig: PageRig
  beforeAll(async () => {
    rig = await startPageRig()
  })
  beforeEach(async () => {
    rig.mistakes.length = 0
    await rig.call('POST', '/reset')
  })
  afterAll(() => rig[Symbol.asyncDispose]())

  it('a tester publishes an item, sees its event in both lanes, breaks the stream, and sees it heal', async () => {
    const page = await rig.open('streams')
    await page.getByText('connected', { exact: true }).waitFor()
    const other = await rig.open('studio')
    await other.keyboard.press('n')
    await other.getByLabel('Title').fill('Harbour closed by fog')
    await other.getByRole('button', { name: 'Create item' }).click()
    await other.getByRole('heading', { name: /Harbour closed by fog/ }).waitFor()
    await other.getByRole('button', { name: /Publish item/ }).click()
    expect(await other.getByTestId('command').textContent()).toMatch(
      /^curl -X POST http:\S+\/__mock\/items\/\d+\/publish$/,
    )
    await other.getByRole('link', { name: 'Effects' }).click()
    await other.getByText('To client-1.').waitFor()

    await page.getByText(/\d+ the same, 0 missing/).waitFor()
    await page
      .locator('td .chip', { hasText: /^[\d.]+ ms$/ })
      .first()
      .waitFor()

    await other.getByRole('link', { name: 'Faults' }).click()
    await other.getByRole('button', { name: 'Set slow', exact: true }).click()
    await other.getByText('All reads of feeds come about 1000 ms later').waitFor()
    await other.getByRole('button', { name: 'Clear all faults' }).click()
    await other.getByText('no faults').waitFor()
    await other.getByRole('button', { name: 'Arm this fault' }).click()
    await other.getByRole('heading', { name: 'stall active' }).waitFor()
    await rig.call('POST', '/items/801/publish')
    await page
      .locator('td .chip', { hasText: /^(waiting|missing)$/ })
      .first()
      .waitFor()
    await other.getByRole('button', { name: 'Clear all faults' }).click()
    await other.getByText('no faults').waitFor()
    // What was held comes, late.
    await page.getByText(/[1-9]\d* the same, 0 missing/).waitFor()

    await other.getByRole('link', { name: 'Live log' }).click()
    const log = await download(other, 'JSONL')
    expect(log).toContain('"kind":"frame"')
    expect(JSON.parse(await download(other, 'HAR'))).toHaveProperty('log.entries')
    expect(rig.mistakes).toEqual([])
    await page.context().close()
    await other.context().close()
  })

  it('a tester runs a shipped scenario and downloads its report', async () => {
    const page = await rig.open('scenarios')
    await page.getByRole('button', { name: 'Run overnight-quiet' }).click()
    await confirm(page)
    await page.getByTestId('run').getByText('passed').waitFor()
    const report = await download(page, 'JUnit')
    expect(report).toContain('<testsuites tests="1" failures="0"')
    await page.getByLabel('YAML').fill('name: a\nsteps: [{nonsense: 1}]')
    await page.getByRole('button', { name: 'Run your scenario' }).click()
    await confirm(page)
    await page.getByText(/scenario:2:/).waitFor()
    await page.context().close()
  })

  it('a tester looks at a stream as its bytes and as its events', async () => {
    const page = await rig.open('tools')
    await page.getByRole('button', { name: 'Open', exact: true }).click()
    await page.getByText('HTTP 200').waitFor()
    await rig.call('POST', '/stream', { event: 'story', data: 'one\ntwo', id: '7' })
    await page.getByText('event story, id 7').waitFor()
    await page.getByText('one\\ntwo', { exact: true }).waitFor()
    await page.getByLabel('Bytes of the stream').getByText('data: two\\n').waitFor()
    await page.getByRole('button', { name: 'Close', exact: true }).click()
    await page.getByLabel('User', { exact: true }).fill('Zoë 王')
    await page.getByRole('button', { name: 'Open', exact: true }).click()
    await page.getByText(/InvalidCharacterError/).waitFor()
    await page.getByText('EventSource, through a proxy').click()
    await page.getByText(`new EventSource('${rig.proxyUrl}')`).waitFor()
    expect(rig.mistakes).toEqual([])
    await page.context().close()
  })

  it('two testers in two spaces do not see each other', async () => {
    await rig.call('POST', '/spaces', { name: 'bob' })
    const ann = await rig.open('studio')
    const bob = await rig.open('studio', { space: '/space/bob' })
    await bob.keyboard.press('n')
    await bob.getByLabel('Title').fill('Seen by Bob alone')
    await bob.getByRole('button', { name: 'Create item' }).click()
    await bob.getByRole('option', { name: /Seen by Bob alone/ }).waitFor()
    expect(await bob.getByTestId('command').textContent()).toContain('/space/bob/__mock/items')
    await rig.call('POST', '/items', { section: 12, title: 'Seen by Ann alone' })
    await ann.getByRole('option', { name: /Seen by Ann alone/ }).waitFor()
    expect(await ann.getByRole('option', { name: /Bob/ }).count()).toBe(0)
    expect(await bob.getByRole('option', { name: /Ann/ }).count()).toBe(0)
    await rig.call('DELETE', '/spaces/bob')
    await ann.context().close()
    await bob.context().close()
  })

  it('a list of 10,000 items has only the rows in sight, and its keys lead to every one', async () => {
    await rig.call('POST', '/items/generate', { count: 10_000 })
    const page = await rig.open('studio')
    await page.getByTestId('item-count').getByText('10020 items').waitFor()
    expect(await rows(page).count()).toBeLessThan(100)
    await page.evaluate(`document.querySelector('[data-rows]').scrollTop = 1e9`)
    await page.locator('[role=option][aria-posinset="10020"]').waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type('801')
    await page.keyboard.press('Escape')
    await page.keyboard.press('j')
    await page.waitForURL(/#\/studio\/\d+$/)
    await page.context().close()
  })

  it('the page works by keyboard alone', async () => {
    const page = await rig.open('studio')
    await rows(page).first().waitFor()
    await page.keyboard.press('j')
    await page.waitForURL(/#\/studio\/801$/)
    await page.keyboard.press('j')
    await page.waitForURL(/#\/studio\/800$/)
    await page.keyboard.press('k')
    await page.waitForURL(/#\/studio\/801$/)
    await page.locator('[data-title]').waitFor()
    await page.keyboard.press('e')
    await page.keyboard.press('Control+A')
    await page.keyboard.type('By keyboard')
    await page.keyboard.press('Escape')
    for (let presses = 0; presses < 40; presses += 1) {
      await page.keyboard.press('Tab')
      const name = await page.evaluate<string | null>(
        `document.activeElement?.getAttribute('aria-label')`,
      )
      if (name === 'Save item 801') break
    }
    await page.keyboard.press('Enter')
    await page.getByRole('option', { name: /By keyboard/ }).waitFor()
    const before = await rig.call<{ changeId: number }>('GET', '/info')
    await page.keyboard.press('p')
    await page.getByText('Publish item 801: done').waitFor()
    const after = await rig.call<{ changeId: number }>('GET', '/info')
    expect(after.changeId).toBeGreaterThan(before.changeId)
    await page.keyboard.press('Escape')
    await page.evaluate('document.activeElement.blur()')
    await page.keyboard.press('Space')
    await page.getByRole('button', { name: 'Go on' }).waitFor()
    await page.keyboard.press('?')
    await page.getByRole('complementary', { name: 'Help' }).waitFor()
    await page.context().close()
  })

  it('a burst is drawn at most ten times a second, and its counters are exact', async () => {
    const page = await rig.open('log')
    await page.evaluate(`new MutationObserver(() => { window.draws = (window.draws ?? 0) + 1 })
      .observe(document.querySelector('[data-testid=counters]'), { subtree: true, characterData: true, childList: true })`)
    const startedMs = performance.now()
    await rig.call('POST', '/items/generate', { count: 3_000 })
    const { changeId } = await rig.call<{ changeId: number }>('GET', '/info')
    await page.getByTestId('counters').getByText(String(changeId)).waitFor()
    await page.getByRole('button', { name: /change 3000/ }).waitFor()
    const seconds = (performance.now() - startedMs) / 1_000
    const draws = await page.evaluate<number>('window.draws ?? 0')
    // A call of the page itself is drawn at once, too.
    expect(draws).toBeLessThanOrEqual(seconds * 10 + 5)
    await page.context().close()
  })
})

describe.skipIf(why !== '')(`the page of a shared store${why}`, () => {
  it('with --ui-readonly and --hide-destructive, no button changes or destroys anything', async () => {
    await using rig = await startPageRig(['uiReadonly=true', 'hideDestructive=true'])
    const page = await rig.open('studio/801')
    const publish = page.getByRole('button', { name: 'Publish item 801' })
    await publish.waitFor()
    expect(await publish.isDisabled()).toBe(true)
    expect(await page.getByRole('button', { name: 'Delete item 801' }).count()).toBe(0)
    await page.keyboard.press('p')
    await page.getByText(/the page may only read: --ui-readonly is set/).waitFor()
    await page.getByRole('link', { name: 'Tools' }).click()
    await page.getByRole('heading', { name: 'Reset' }).waitFor()
    expect(await page.getByRole('button', { name: 'Reset the store' }).count()).toBe(0)
  })
})
