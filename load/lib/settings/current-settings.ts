import { readSettings } from './settings.ts'

/** The settings of the script that runs. */
export const settings = readSettings(__ENV)
