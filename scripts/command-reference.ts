/** Writes docs/reference/commands/ from the data that `neutron help` shows. `npm run docs` */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { commandPages } from './command-pages.ts'

const FOLDER = `${import.meta.dirname}/../docs/reference/commands`

const pages = await commandPages()
mkdirSync(FOLDER, { recursive: true })
for (const name of readdirSync(FOLDER)) if (!pages.has(name)) rmSync(`${FOLDER}/${name}`)
for (const [name, text] of pages) writeFileSync(`${FOLDER}/${name}`, text)
