import request from 'supertest'

import type { MockContentStore } from '../start.ts'
import { TEST_LOGIN } from './serve-store.ts'

const SERVICE = '/webservice/escenic'
const ATOM = 'application/atom+xml'
const NAMESPACES =
  'xmlns="http://www.w3.org/2005/Atom" xmlns:app="http://www.w3.org/2007/app" xmlns:vaext="http://www.vizrt.com/atom-ext" ' +
  'xmlns:metadata="http://xmlns.escenic.com/2010/atom-metadata"'
/** As an editor sends it: mixed content that an indenting writer would change. */
export const PAYLOAD =
  '<vdf:payload xmlns:vdf="http://www.vizrt.com/types" model="http://cs.test/webservice/escenic/publication/demo/model/content-type/news">' +
  '<vdf:field name="body"><vdf:value><div xmlns="http://www.w3.org/1999/xhtml"><p><b>A</b> <i>&amp;</i></p></div></vdf:value></vdf:field></vdf:payload>'

/** An entry with the namespaces that `inner` may use. */
export function entry(inner: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?><entry ${NAMESPACES}>${inner}</entry>`
}

/** `app:control` with its content. */
export function control(inner: string): string {
  return `<app:control>${inner}</app:control>`
}

/** Posts an item to section 22. */
export function post({ url }: MockContentStore, body: string | Buffer, type: string = ATOM) {
  return request(url)
    .post(`${SERVICE}/section/22/content-items`)
    .auth(...TEST_LOGIN)
    .set('Content-Type', type)
    .send(body)
}

/** Puts an item; without `ifMatch` the header is missing. */
export function put({ url }: MockContentStore, id: number, body: string, ifMatch?: string) {
  const sent = request(url)
    .put(`${SERVICE}/content/${id}`)
    .auth(...TEST_LOGIN)
    .set('Content-Type', ATOM)
  return (ifMatch === undefined ? sent : sent.set('If-Match', ifMatch)).send(body)
}

/** Reads an item. */
export function get({ url }: MockContentStore, id: number) {
  return request(url)
    .get(`${SERVICE}/content/${id}`)
    .auth(...TEST_LOGIN)
}
