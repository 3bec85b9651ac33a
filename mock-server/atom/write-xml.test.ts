import { DOMParser } from '@xmldom/xmldom'
import { expect, it } from 'vitest'

import { writeXml } from './write-xml.ts'

it('gives back every text as it was, references and all', () => {
  const text = '&nbsp; &lt; &amp; & &#65; &#x41; <b>"\' ]]> é 😀'
  const xml = writeXml('a', { '@b': text, c: text, d: [{ '#': text }, text] })
  const { documentElement: root } = new DOMParser().parseFromString(xml, 'text/xml')
  expect(root?.getAttribute('b')).toBe(text)
  expect(
    Array.from(root?.getElementsByTagName('*') ?? [], (element) => element.textContent),
  ).toEqual([text, text, text])
})

it('leaves out what is undefined and repeats what is a list', () => {
  expect(writeXml('a', { '@b': undefined, c: undefined, d: [1, 2], e: [] })).toBe(
    '<?xml version="1.0" encoding="UTF-8"?>\n<a>\n  <d>1</d>\n  <d>2</d>\n</a>\n',
  )
})
