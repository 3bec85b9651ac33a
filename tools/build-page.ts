import { buildPage } from './page/build-page.ts'

/** `npm run build:page`. */
await buildPage()
