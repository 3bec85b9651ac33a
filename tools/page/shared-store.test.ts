import { describe, expect, it } from 'vitest'

import { whySkipped } from './chromium.ts'
import { rows, startPageRig } from './page-rig.ts'

const why = whySkipped()

describe.skipIf(why !== '')(`the page of a shared store${why}`, () => {
  it('with --ui-readonly and --hide-destructive, no button changes or destroys anything', async () => {
    await using rig = await startPageRig(['uiReadonly=true', 'hideDestructive=true'])
    const page = await rig.open('studio/801')
    const publish = page.getByRole('button', { name: 'Publish item 801', exact: true })
    await publish.waitFor()
    expect(await publish.isDisabled()).toBe(true)
    expect(await page.getByRole('button', { name: 'Delete item 801' }).count()).toBe(0)
    await page.keyboard.press('p')
    await page.getByText(/the page may only read: --ui-readonly is set/).waitFor()
    await rows(page).nth(0).locator('.pick').click()
    await rows(page).nth(1).locator('.pick').click()
    await page.getByTestId('selected').getByText('2 items selected').waitFor()
    const bulk = page.locator('.selection')
    expect(await bulk.getByRole('button', { name: 'Publish 2 items' }).isDisabled()).toBe(true)
    expect(await bulk.getByRole('button', { name: /Unpublish|Delete/ }).count()).toBe(0)
    await page.getByRole('link', { name: 'Tools' }).click()
    await page.getByRole('heading', { name: 'Reset' }).waitFor()
    expect(await page.getByRole('button', { name: 'Reset the store' }).count()).toBe(0)
  })
})
