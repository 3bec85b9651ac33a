import { writeText } from '../../cli/write-text.ts'
import { generatedPages } from './generated-pages.ts'

/**
 * `npm run pages:checks`: regenerates the pages about checks and mutants, and the JSON schema of
 * reports.
 */
for (const [path, text] of Object.entries(generatedPages())) writeText(path, text)
