import { create } from 'xmlbuilder2'

/** An element's attributes (`@name`), text (`#`) and children, in order. An array repeats the element; undefined is left out. */
export interface XmlObject {
  readonly [name: string]: XmlNode | readonly XmlNode[] | undefined
}

type XmlNode = string | number | XmlObject

/** A whole document, indented, in UTF-8. */
export function writeXml(rootName: string, root: XmlObject): string {
  const document = create({ version: '1.0', encoding: 'UTF-8' }, { [rootName]: root })
  return `${document.end({ prettyPrint: true })}\n`
}
