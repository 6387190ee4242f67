/** Writes docs/reference/access.md: who may do what, as everybody was answered. `npm run docs` */
import { writeFileSync } from 'node:fs'
import { askEverybody, features } from '../test/access/access.ts'
import { accessPage } from '../test/access/page.ts'
import { coreStore } from '../test/fakes/core.ts'

const { sections } = await askEverybody(await coreStore(features))
writeFileSync(`${import.meta.dirname}/../docs/reference/access.md`, accessPage(sections))
