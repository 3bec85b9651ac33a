import { gzipSync } from 'node:zlib'

import request from 'supertest'
import { describe, expect, it } from 'vitest'

import { get, post } from '../testing/item-client.ts'
import { serveStore, TEST_LOGIN } from '../testing/serve-store.ts'

const ATOM = 'application/atom+xml'
const xml = (declaration: string, title = 'Årsmøte på Sørøya') =>
  `${declaration}<entry xmlns="http://www.w3.org/2005/Atom"><title>${title}</title></entry>`
const declared = (name: string) => `<?xml version="1.0" encoding="${name}"?>`
const utf16 = (text: string) => Buffer.from(text, 'utf16le')
const bigEndian = (text: string) => utf16(text).swap16()
const latin1 = (text: string) => Buffer.from(text, 'latin1')
const MARK = '\uFEFF'

describe('an entry in another encoding', () => {
  it.each([
    ['UTF-8 without a declaration', Buffer.from(xml('')), ''],
    ['UTF-8 with a mark', Buffer.from(MARK + xml(declared('utf-8'))), ''],
    ['UTF-8 whatever the declaration says, by charset', Buffer.from(xml(declared('x'))), 'utf-8'],
    ['ISO-8859-1 by declaration', latin1(xml(declared('ISO-8859-1'))), ''],
    ['ISO-8859-1 by charset', latin1(xml('')), 'iso-8859-1'],
    ['ISO-8859-1 by a quoted charset', latin1(xml('')), '"ISO-8859-1"'],
    ['windows-1252 by declaration', latin1(xml(declared('windows-1252'))), ''],
    ['UTF-16 with a mark', utf16(MARK + xml(declared('UTF-16'))), ''],
    ['UTF-16 big endian with a mark', bigEndian(MARK + xml(declared('UTF-16'))), 'utf-16'],
    ['UTF-16LE by charset', utf16(xml('')), 'utf-16le'],
    ['UTF-16, big endian, by charset', bigEndian(xml('')), 'UTF-16'],
    ['UTF-16 by its zeros', utf16(xml(declared('UTF-16LE'))), ''],
    ['UTF-16 big endian by its zeros', bigEndian(xml('')), ''],
  ])('an entry in %s is read', async (_what, body, charset) => {
    await using store = await serveStore()
    const type = charset === '' ? ATOM : `${ATOM}; type=entry; Charset=${charset}`
    const { status, text } = await post(store, body, type)
    expect([status, text]).toEqual([201, ''])
    expect((await get(store, 802)).text).toContain('>Årsmøte på Sørøya</title>')
  })

  it('an entry in ISO-8859-1 keeps control characters that are letters in windows-1252', async () => {
    await using store = await serveStore()
    await post(store, latin1(xml(declared('ISO-8859-1'), 'a\u0080b'))).expect(201)
    expect(store.control.item(802).title).toBe('a\u0080b')
  })

  it.each([
    ['an unknown charset', latin1(xml('')), 'martian', 415, 'got martian'],
    ['an unknown declaration', latin1(xml(declared('martian'))), '', 415, 'got martian'],
    ['bytes that are not UTF-8', latin1(xml('')), '', 400, 'not in utf-8'],
    ['bytes that are not US-ASCII', latin1(xml(declared('US-ASCII'))), '', 400, 'not in us-ascii'],
    ['half a character', utf16(xml('')).subarray(0, -1), 'utf-16le', 400, 'not in utf-16le'],
    [
      'a false UTF-16 declaration',
      Buffer.from(xml(declared('UTF-16'))),
      '',
      400,
      'declares utf-16',
    ],
  ])('an entry with %s is refused', async (_what, body, charset, status, text) => {
    await using store = await serveStore()
    const response = await post(store, body, charset === '' ? ATOM : `${ATOM};charset=${charset}`)
    expect([response.status, response.text]).toEqual([status, expect.stringContaining(text)])
    expect(store.control.info()).toMatchObject({ changeId: 5041 })
  })

  it.each(['gzip', 'x-gzip', 'X-GZIP', 'identity'])(
    'an entry with Content-Encoding %s is read',
    async (coding) => {
      await using store = await serveStore()
      const plain = Buffer.from(xml(''))
      const response = await request(store.url)
        .post('/webservice/escenic/section/22/content-items')
        .auth(...TEST_LOGIN)
        .set({ 'Content-Type': ATOM, 'Content-Encoding': coding })
        .send(coding === 'identity' ? plain : gzipSync(plain))
      expect(response.status).toBe(201)
    },
  )

  it('an unknown Content-Encoding gets 415 with a list of the known ones', async () => {
    await using store = await serveStore()
    const response = await request(store.url)
      .post('/webservice/escenic/section/22/content-items')
      .auth(...TEST_LOGIN)
      .set({ 'Content-Type': ATOM, 'Content-Encoding': 'compress' })
      .send(Buffer.from(xml('')))
    expect([response.status, response.headers['accept-encoding']]).toEqual([
      415,
      'gzip, deflate, br',
    ])
  })

  it('a body over the limit gets 413 with the limit and its flag, compressed or not', async () => {
    await using store = await serveStore({ maxBodyBytes: 2_048 })
    const large = Buffer.from(xml('', 'A'.repeat(3_000)))
    for (const [coding, body] of [
      ['identity', large],
      ['x-gzip', gzipSync(large)],
    ] as const) {
      const response = await request(store.url)
        .post('/webservice/escenic/section/22/content-items')
        .auth(...TEST_LOGIN)
        .set({ 'Content-Type': ATOM, 'Content-Encoding': coding })
        .send(body)
      expect([coding, response.status]).toEqual([coding, 413])
      expect(response.text).toContain('maxBodyBytes: expected a body of at most 2048 bytes')
      expect(response.text).toContain('--max-body-bytes')
    }
  })
})
