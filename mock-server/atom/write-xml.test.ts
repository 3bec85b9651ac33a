import { DOMParser } from '@xmldom/xmldom'
import { expect, it } from 'vitest'

import { appendChildren, writeChild, writeXml } from './write-xml.ts'

it('writeXml writes text so that a parser returns it unchanged, references and line breaks included', () => {
  const text = ' &nbsp; &lt; &amp; & &#65; &#x41; <b>"\' ]]> é 😀 \t \r \n \r\n'
  const xml = writeXml('a', { '@b': text, c: text, d: [{ '#': text }, text] })
  const { documentElement: root } = new DOMParser().parseFromString(xml, 'text/xml')
  expect(root?.getAttribute('b')).toBe(text)
  expect(
    Array.from(root?.getElementsByTagName('*') ?? [], (element) => element.textContent),
  ).toEqual([text, text, text])
})

it('writeChild writes a child exactly as writeXml does inside a document', () => {
  const whole = writeXml('a', { '@xmlns': 'x', b: 1, c: [{ d: 'A & B' }, { d: 2 }] })
  const children = [{ d: 'A & B' }, { d: 2 }].map((child) => writeChild('c', child))
  expect(appendChildren(writeXml('a', { '@xmlns': 'x', b: 1 }), children)).toBe(whole)
})

it('writeXml leaves out undefined values and repeats an element for a list', () => {
  expect(writeXml('a', { '@b': undefined, c: undefined, d: [1, 2], e: [] })).toBe(
    '<?xml version="1.0" encoding="UTF-8"?>\n<a>\n  <d>1</d>\n  <d>2</d>\n</a>\n',
  )
})
