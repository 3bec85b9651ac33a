export { html, nothing, render, svg } from './lit-html/lit-html.js'
export type { TemplateResult } from './lit-html/lit-html.js'
export { repeat } from './lit-html/directives/repeat.js'
