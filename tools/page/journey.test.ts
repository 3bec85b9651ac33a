import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import { whySkipped } from './chromium.ts'
import type { PageRig } from './page-rig.ts'
import { confirm, rows, startPageRig } from './page-rig.ts'

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

  it('a tester writes a scenario, sees its mistakes while typing, and steps through it', async () => {
    const page = await rig.open('scenarios')
    const said = page.getByTestId('mistakes')
    await page.getByLabel('YAML').fill('name: mine\nsteps:\n  - wait: soon')
    await said.getByText('expected a time such as 250ms').waitFor()
    await said.getByRole('button', { name: 'line 3, column 11' }).click()
    const chosen = `document.activeElement.value.slice(document.activeElement.selectionStart, document.activeElement.selectionEnd)`
    expect(await page.evaluate(chosen)).toBe('soon')
    await page
      .getByLabel('YAML')
      .fill('name: mine\nsteps:\n  - publish: {item: 801}\n  - mark: here')
    await said.getByText('it can run').waitFor()
    await page.getByRole('button', { name: 'Step through your scenario' }).click()
    await confirm(page)
    const run = page.getByTestId('run')
    await run.getByText('paused').waitFor()
    await run.getByText('next: publish').waitFor()
    await page.getByRole('button', { name: 'Step of run' }).click()
    await run.getByText('next: mark').waitFor()
    await page.getByRole('button', { name: 'Resume run' }).click()
    await run.getByText('passed').waitFor()
    expect(rig.mistakes).toEqual([])
    await page.context().close()
  })

  it('a tester makes edits at random times, and saves them as a scenario that can run', async () => {
    const page = await rig.open('generator')
    await page.getByRole('button', { name: 'Same item 50 times' }).click()
    await page.getByLabel('Arrival').selectOption('random')
    await page.getByLabel('Edits', { exact: true }).fill('8')
    await page.getByRole('button', { name: 'Start 8 edits' }).click()
    await page.getByText('all edits are made: 8 in').waitFor()
    await page.getByRole('button', { name: 'Save as scenario' }).click()
    await page.waitForURL(/#\/scenarios$/)
    await page.getByTestId('mistakes').getByText('it can run').waitFor()
    expect(await page.getByLabel('YAML').inputValue()).toContain('arrival: random')
    await page.context().close()
  })

  it('a tester unpublishes several items at once, locks one against another user, and moves it', async () => {
    for (const id of [799, 800, 801]) {
      await rig.call('PATCH', `/items/${id}`, { title: `Bulk ${id}`, state: 'published' })
    }
    const page = await rig.open('studio')
    await rows(page).nth(0).getByText('Bulk 801').waitFor()
    await rows(page).nth(0).locator('.pick').click()
    await rows(page)
      .nth(2)
      .locator('.pick')
      .click({ modifiers: ['Shift'] })
    await page.getByTestId('selected').getByText('3 items selected').waitFor()
    await page.getByRole('button', { name: 'Unpublish 3 items' }).click()
    await page.getByText('Unpublish 3 items? Each is a change that every client sees.').waitFor()
    await confirm(page)
    await page.getByText('Unpublish 3 items: done').waitFor()
    await rows(page).getByText('draft', { exact: true }).nth(2).waitFor()
    await expect.poll(async () => page.getByTestId('selected').count()).toBe(0)
    await page.keyboard.press('j')
    await page.getByRole('button', { name: 'Submit item' }).click()
    await page.getByRole('button', { name: /^Approve item/ }).waitFor()
    await rows(page).getByText('submitted').waitFor()
    await page.getByRole('button', { name: /^Lock as another editor/ }).click()
    await page.getByText('locked by another editor').waitFor()
    await page.getByLabel('Edit as').fill('bob')
    await page.getByLabel('Title').fill('By Bob')
    await page.getByRole('button', { name: 'Save item', exact: false }).click()
    await page.getByText(/is locked by another editor: release the lock/).waitFor()
    await page.getByRole('button', { name: /^Unlock item/ }).click()
    await page.getByRole('button', { name: /^Lock as another editor/ }).waitFor()
    await page.keyboard.press('x')
    await page.getByTestId('selected').getByText('1 item selected').waitFor()
    await page.getByLabel('Section to move to').selectOption('24')
    await page.getByRole('button', { name: 'Move 1 item to section 24' }).click()
    await page.getByText('Move 1 item to section 24: done').waitFor()
    const { items } = await rig.call<{ items: readonly { sectionIds: readonly number[] }[] }>(
      'GET',
      '/items?after=798&count=3',
    )
    expect(items.filter(({ sectionIds }) => sectionIds[0] === 24)).toHaveLength(1)
    await page
      .locator('.tree')
      .getByRole('button', { name: /^World/ })
      .click()
    await page.getByLabel('Name of the section').fill('Abroad')
    await page.getByRole('button', { name: 'Rename section 24' }).click()
    await page
      .locator('.tree')
      .getByRole('button', { name: /^Abroad/ })
      .waitFor()
    await page.context().close()
  })

  it('a tester loses to a faster editor, reverts the item, copies it, and publishes the copy later', async () => {
    await rig.call('PUT', '/clock', { frozen: true, at: '2026-01-01T12:00:00Z' })
    const page = await rig.open('studio/801')
    await page.getByLabel('Title').fill('Mine')
    await rig.call('PATCH', '/items/801', { title: 'Theirs', as: 'ann' })
    await page.getByRole('alert').getByText('Changed by ann since you began').waitFor()
    await page.getByRole('button', { name: 'Save item 801', exact: true }).click()
    await page.getByText(/item 801 has changed: expected change \d+, and it is at \d+/).waitFor()
    await page.getByRole('button', { name: /^Save mine over it/ }).click()
    await page.getByRole('heading', { name: '801 Mine' }).waitFor()
    await expect.poll(async () => page.getByRole('alert').count()).toBe(0)

    await page.getByRole('link', { name: 'History' }).click()
    const version = page.locator('.versions li').filter({ hasText: 'Theirs' })
    await version.getByRole('button', { name: /^Revert item 801/ }).click()
    await page.getByRole('heading', { name: '801 Theirs' }).waitFor()
    const command = /^\s*curl -X POST \S+\/items\/801\/revert -d '\{"changeId":\d+\}'\s*$/
    await page.getByTestId('command').filter({ hasText: command }).waitFor()
    await page.getByRole('button', { name: 'Duplicate item 801' }).click()
    await page.getByRole('heading', { name: /Copy of Theirs/ }).waitFor()
    await page.getByLabel('Publish at (UTC)').fill('2026-01-01T12:00:30')
    await page.getByRole('button', { name: /^Publish later/ }).click()
    await page.getByText('published at 2026-01-01T12:00:30').waitFor()
    await page.getByRole('button', { name: 'Advance the clock by 60 s' }).click()
    const copy = page.getByRole('option', { name: /Copy of Theirs/ })
    await copy.getByText('published', { exact: true }).waitFor()
    await page.context().close()
  })

  it('the page of an item that a reset has removed stays live, and says that it is gone', async () => {
    const made = { section: 12, title: 'Soon gone' }
    const { item } = await rig.call<{ item: { id: number } }>('POST', '/items', made)
    const page = await rig.open(`studio/${item.id}`)
    await page.getByRole('heading', { name: /Soon gone/ }).waitFor()
    await rig.call('POST', '/reset')
    await page.getByText('There is no such item').waitFor()
    await page.getByTestId('item-count').getByText('20 items').waitFor()
    await rig.call('POST', '/items', { section: 12, title: 'After the reset' })
    await page.getByRole('option', { name: /After the reset/ }).waitFor()
    expect((await page.getByTestId('feed').textContent())?.trim()).toBe('feed live')
    await page.context().close()
  })

  it('a tester follows a link of a feed, and looks at a stream as its bytes and as its events', async () => {
    const page = await rig.open('tools')
    const feed = page.getByLabel('Feed', { exact: true })
    await feed
      .getByRole('link', { name: /changelog\/publication\/1$/ })
      .first()
      .click()
    await page.getByRole('link', { name: 'previous', exact: true }).waitFor()
    expect(await feed.getByRole('link', { name: /sse$/ }).count()).toBe(0)
    await page.getByRole('button', { name: 'Open', exact: true }).click()
    await page.getByText('HTTP 200').waitFor()
    await rig.call('POST', '/stream', { event: 'story', data: 'one\ntwo', id: '7' })
    await page.getByText('event story, id 7').waitFor()
    await page.getByText('one\\ntwo', { exact: true }).waitFor()
    await page.getByText('data: two\\n').and(page.getByLabel('Bytes of the stream')).waitFor()
    await page.getByRole('button', { name: 'Close', exact: true }).click()
    await page.getByLabel('User', { exact: true }).fill('Zoë 王')
    await page.getByRole('button', { name: 'Open', exact: true }).click()
    await page.getByText(/InvalidCharacterError/).waitFor()
    await page.getByText('EventSource, through a proxy').click()
    await page.getByText(`new EventSource('${rig.proxyUrl}')`).waitFor()
    expect(rig.mistakes).toEqual([])
    await page.context().close()
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
    await page.keyboard.press('/')
    await page.keyboard.type('no such title')
    await page.getByRole('button', { name: 'Show all items' }).click()
    await page.getByTestId('item-count').getByText('10020 items').waitFor()
    await page.context().close()
  })

  it('the page works by keyboard alone', async () => {
    const page = await rig.open('studio')
    await rows(page).first().waitFor()
    await page.keyboard.press('j')
    await page.waitForURL(/#\/studio\/801$/)
    await page.getByRole('listbox').focus()
    await page.keyboard.press('ArrowDown')
    await page.waitForURL(/#\/studio\/800$/)
    await page.keyboard.press('k')
    await page.waitForURL(/#\/studio\/801$/)
    await page.getByRole('button', { name: 'Save item 801', exact: true }).waitFor()
    await page.keyboard.press('e')
    await page.keyboard.press('Control+A')
    await page.keyboard.type('By keyboard')
    await page.keyboard.press('Enter')
    await page.getByRole('option', { name: /By keyboard/ }).waitFor()
    await page.keyboard.press('Escape')
    const before = await rig.call<{ changeId: number }>('GET', '/info')
    await page.keyboard.press('p')
    await page.getByText('Publish item 801: done').waitFor()
    const after = await rig.call<{ changeId: number }>('GET', '/info')
    expect(after.changeId).toBeGreaterThan(before.changeId)
    const focused = (): Promise<string> =>
      page.evaluate(
        `document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent.trim()`,
      )
    for (let presses = 0; presses < 40; presses += 1) {
      await page.keyboard.press('Shift+Tab')
      if ((await focused()) === 'Delete item 801') break
    }
    const dialog = page.getByRole('alertdialog')
    for (const key of ['Escape', 'Enter']) {
      await page.keyboard.press('Enter')
      await dialog.waitFor()
      expect(await focused()).toBe('Cancel')
      await page.keyboard.press(key)
      await dialog.waitFor({ state: 'detached' })
      expect(await focused()).toBe('Delete item 801')
    }
    await page.keyboard.press('Enter')
    await dialog.waitFor()
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.getByText('Delete item 801: done').waitFor()
    await page.keyboard.press('Escape')
    await page.evaluate('document.activeElement.blur()')
    await page.keyboard.press('Space')
    await page.getByRole('button', { name: 'Resume' }).waitFor()
    await page.keyboard.press('?')
    await page.getByRole('complementary', { name: 'Help' }).waitFor()
    await page.context().close()
  })

  it('a burst is drawn at most ten times a second, and its counters are exact', async () => {
    const page = await rig.open('log')
    const events = async (): Promise<number> => {
      const { clients } = await rig.call<{ clients: { events: number }[] }>('GET', '/clients')
      return clients.reduce((sum, client) => sum + client.events, 0)
    }
    const shown = async (name: string): Promise<number> => {
      const counter = page.getByTestId('counters').locator('div', { hasText: name }).locator('dd')
      return Number(await counter.textContent())
    }
    const [sentBefore, shownBefore] = [await events(), await shown('events')]
    // A render is one task, so its changes are one call, whatever it changes.
    await page.evaluate(`new MutationObserver(() => { window.draws = (window.draws ?? 0) + 1 })
      .observe(document.querySelector('#page'), { subtree: true, characterData: true, childList: true, attributes: true })`)
    const startedMs = performance.now()
    // A thousand changes a second, as far as the machine can.
    for (let slice = 1; slice <= 16; slice += 1) {
      await rig.call('POST', '/items/generate', { count: 250 })
      await page.waitForTimeout(Math.max(0, startedMs + slice * 250 - performance.now()))
    }
    await page.getByRole('button', { name: /change 4000/ }).waitFor()
    const sent = (await events()) - sentBefore
    expect(sent).toBeGreaterThanOrEqual(4_000)
    await expect.poll(async () => (await shown('events')) - shownBefore).toBe(sent)
    const { changeId, items } = await rig.call<{ changeId: number; items: number }>('GET', '/info')
    await expect.poll(async () => shown('last change')).toBe(changeId)
    expect(await shown('items')).toBe(items)
    const seconds = (performance.now() - startedMs) / 1_000
    expect(await page.evaluate<number>('window.draws')).toBeLessThanOrEqual(seconds * 10 + 2)

    await page.getByRole('button', { name: 'Clear the journal' }).click()
    const question = await page.getByRole('alertdialog').textContent()
    const [, forgotten] = /Forget the (\d+) entries/.exec(question ?? '') ?? []
    const { journal } = await rig.call<{ journal: { cursor: number; goneUpTo: number } }>(
      'GET',
      '/info',
    )
    expect(Number(forgotten)).toBeGreaterThanOrEqual(4_000)
    // Entries of before the reset are gone.
    expect(Number(forgotten)).toBeLessThanOrEqual(journal.cursor - journal.goneUpTo)
    await page.context().close()
  })
})
