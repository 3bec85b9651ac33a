import request from 'supertest'
import { expect, it } from 'vitest'

import { readFeed } from '../testing/read-feed.ts'
import { serveStore, TEST_LOGIN } from '../testing/serve-store.ts'
import { StreamReader } from '../testing/stream-reader.ts'

const SERVICE = '/webservice/escenic'
const LOG = `${SERVICE}/changelog/person/1`

function entry(title: string): string {
  return `<entry xmlns="http://www.w3.org/2005/Atom"><title>${title}</title></entry>`
}

function send(sent: request.Test, body: string): request.Test {
  return sent
    .auth(...TEST_LOGIN)
    .set('Content-Type', 'application/atom+xml')
    .send(body)
}

it('persons are created, changed and deleted, and each change is announced and at the top of the person log', async () => {
  await using store = await serveStore()
  await using stream = await StreamReader.open(`${store.url}${SERVICE}/changelog/sse`)
  const agent = request(store.url)
  const newest = async () => {
    const { text } = await agent.get(`${LOG}?count=1`).auth(...TEST_LOGIN)
    return { id: readFeed(text).identifiers[0], text }
  }
  const created = await send(agent.post(`${SERVICE}/person`), entry('New Editor'))
  expect([created.status, created.headers['location']]).toEqual([
    201,
    `${store.url}${SERVICE}/person/8`,
  ])
  expect(await newest()).toMatchObject({ id: '8', text: expect.stringContaining('New Editor') })

  const chief = await agent.get(`${SERVICE}/person/6`).auth(...TEST_LOGIN)
  const put = () =>
    send(
      agent.put(`${SERVICE}/person/6`).set('If-Match', String(chief.headers['etag'])),
      entry('Chief'),
    )
  expect((await put()).status).toBe(204)
  expect(await newest()).toMatchObject({ id: '6', text: expect.stringContaining('>Chief<') })
  expect((await put()).status).toBe(412)

  expect((await agent.delete(`${SERVICE}/person/7`).auth(...TEST_LOGIN)).status).toBe(204)
  expect(await newest()).toMatchObject({ id: '7', text: expect.stringContaining('name="deleted"') })

  await stream.until(({ data }) => data.length === 3, 'three events')
  expect(new Set(stream.data)).toEqual(new Set([store.url + LOG]))
})

it('the collection of persons is an empty feed, and a person without a name is refused', async () => {
  await using store = await serveStore()
  const { text } = await request(store.url)
    .get(`${SERVICE}/person`)
    .auth(...TEST_LOGIN)
  expect(readFeed(text).identifiers).toEqual([])
  const nameless = await request(store.url)
    .post(`${SERVICE}/person`)
    .auth(...TEST_LOGIN)
    .set('Content-Type', 'application/atom+xml')
    .send(entry(' '))
  expect([nameless.status, nameless.text]).toEqual([
    400,
    expect.stringContaining('a person needs a name'),
  ])
  const unknown = await request(store.url)
    .get(`${SERVICE}/person/99`)
    .auth(...TEST_LOGIN)
  expect(unknown.status).toBe(404)
})

function field(name: string, value: string): string {
  return `<f:field name="com.escenic.${name}"><f:value>${value}</f:value></f:field>`
}

it('a person can be created with the name fields alone, without a title', async () => {
  await using store = await serveStore()
  const payload = `<f:payload xmlns:f="http://www.vizrt.com/types" model="x/com.escenic.person">${field('surName', 'Berg')}${field('firstName', 'Ada')}</f:payload>`
  const body = `<entry xmlns="http://www.w3.org/2005/Atom"><content>${payload}</content></entry>`
  await send(request(store.url).post(`${SERVICE}/person`), body).expect(201)
  const { text } = await request(store.url)
    .get(`${SERVICE}/person/8`)
    .auth(...TEST_LOGIN)
  expect(text).toContain('<title type="text">Ada Berg</title>')
})

const PERSON = `<entry xmlns="http://www.w3.org/2005/Atom" xmlns:x="urn:x"><summary>A</summary><x:y z="1">t</x:y>
  <content type="application/vnd.vizrt.payload+xml"><f:payload xmlns:f="http://www.vizrt.com/types"
  model="x/com.escenic.person">${field('surName', 'Berg')}${field('email', 'a@example.com')}<f:field name="list"><f:list>
  <f:value>1</f:value><f:value>2</f:value></f:list></f:field></f:payload></content></entry>`

it('a person keeps the other fields and parts of its entry when it is created, read, changed and read again', async () => {
  await using store = await serveStore()
  const agent = request(store.url)
  await send(agent.post(`${SERVICE}/person`), PERSON).expect(201)
  const get = async () => await agent.get(`${SERVICE}/person/8`).auth(...TEST_LOGIN)
  const first = await get()
  for (const part of ['com.escenic.email', 'a@example.com', '<f:value>2<', '<summary>A<', 'urn:x'])
    expect(first.text).toContain(part)
  const put = (body: string) => send(agent.put(`${SERVICE}/person/8`).set('If-Match', '*'), body)
  await put(first.text).expect(204)
  const second = await get()
  expect(second.text).toBe(first.text)
  expect(second.headers['etag']).not.toBe(first.headers['etag'])
  await put(first.text.replace('>Berg</f', '>Bergen</f')).expect(204)
  expect((await get()).text).toContain('<title type="text">Bergen</title>')
  // What a PUT leaves out is removed; the payload stays, as with items.
  await put(entry('Bergen')).expect(204)
  const { text } = await get()
  expect(text).toContain('com.escenic.email')
  expect(text).not.toContain('<summary>')
})

it('the person log shows payloads with --log-payload only', async () => {
  for (const logPayload of [false, true]) {
    await using store = await serveStore({ logPayload })
    const agent = request(store.url)
    await send(agent.post(`${SERVICE}/person`), PERSON).expect(201)
    const { text } = await agent.get(`${LOG}?count=1`).auth(...TEST_LOGIN)
    expect(text.includes('a@example.com')).toBe(logPayload)
  }
})

it.each([
  [
    'the title alone, when the name has fields',
    PERSON.replace('<summary>A</summary>', '<title>B</title>'),
    'title: the name of this person',
  ],
  [
    'a draft',
    entry(
      'A</title><c:control xmlns:c="http://www.w3.org/2007/app"><c:draft>yes</c:draft></c:control><title>',
    ).replace('<title></title>', ''),
    'app:draft',
  ],
  [
    'a state',
    entry(
      'A</title><c:control xmlns:c="http://www.w3.org/2007/app"><v:state xmlns:v="http://www.vizrt.com/atom-ext">draft</v:state></c:control><title>',
    ).replace('<title></title>', ''),
    'vaext:state',
  ],
])('a PUT of a person that changes %s is refused by name', async (_what, body, text) => {
  await using store = await serveStore()
  const agent = request(store.url)
  await send(agent.post(`${SERVICE}/person`), PERSON).expect(201)
  const { changeId } = store.control.info()
  const refused = await send(agent.put(`${SERVICE}/person/8`).set('If-Match', '*'), body)
  expect([refused.status, refused.text]).toEqual([400, expect.stringContaining(text)])
  expect(store.control.info().changeId).toBe(changeId)
})
