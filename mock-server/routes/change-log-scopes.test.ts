import request from 'supertest'
import { describe, expect, it } from 'vitest'

import { feedLink, getFeed } from '../testing/get-feed.ts'
import { serveStore, TEST_LOGIN } from '../testing/serve-store.ts'

const LOGS = '/webservice/escenic/changelog'

describe('the scopes of change logs', () => {
  it('the change log of a section without rows is an empty page until the first change', async () => {
    await using store = await serveStore({ inheritingSectionLog: 'section' })
    const [section] = store.control.addSections()
    const empty = await getFeed(store, section?.log ?? '')
    expect(empty.identifiers).toEqual([])
    store.control.createItem({ sectionId: section?.id ?? 0, title: 'A' })
    expect((await getFeed(store, feedLink(empty, 'previous'))).identifiers).toEqual(['802'])
  })

  it('the change log of an inheriting section is the log of its protection domain', async () => {
    await using store = await serveStore()
    store.control.createItem({ sectionId: 24, title: 'World' })
    store.control.createItem({ sectionId: 22, title: 'Sport' })
    expect((await getFeed(store, `${LOGS}/section/12?count=1`)).identifiers).toEqual(['802'])
    expect((await getFeed(store, `${LOGS}/section/24?count=1`)).identifiers).toEqual(['802'])
    expect((await getFeed(store, `${LOGS}/section/23?count=1`)).identifiers).toEqual(['803'])
  })

  it('the change log of an inheriting section has only its own rows with inheritingSectionLog: section', async () => {
    await using store = await serveStore({ inheritingSectionLog: 'section' })
    const feed = await getFeed(store, `${LOGS}/section/24`)
    expect(feed.identifiers).toEqual(['798', '794', '791', '786'])
    expect((await getFeed(store, `${LOGS}/section/12?count=1`)).identifiers).toEqual(['801'])
  })

  it('a change log is served under the name of its publication and keeps that name in its links', async () => {
    await using store = await serveStore()
    const feed = await getFeed(store, `${LOGS}/publication/demo?count=1`)
    expect(feed.identifiers).toEqual(['801'])
    expect(feedLink(feed, 'previous')).toBe(
      `${store.url}${LOGS}/publication/demo/after/5041?count=1`,
    )
  })

  it('the change log of a list shows the items of the list, and the lists of its section link to it', async () => {
    await using store = await serveStore()
    const lists = await request(store.url)
      .get('/webservice/escenic/section/1/lists')
      .auth(...TEST_LOGIN)
      .expect(200)
    const href = /relation\/changelog" href="([^"]+)"/.exec(lists.text)?.[1] ?? ''
    expect(href).toBe(`${store.url}${LOGS}/list/61`)
    expect((await getFeed(store, href)).identifiers).toEqual(['801', '798'])
  })

  it('the person log of a publication shows persons', async () => {
    await using store = await serveStore()
    const feed = await getFeed(store, `${LOGS}/person/1`)
    expect(feed.identifiers).toEqual(['7', '6'])
    expect(feedLink(feed, 'previous')).toBe(`${store.url}${LOGS}/person/1/after/3011?count=10`)
  })
})
