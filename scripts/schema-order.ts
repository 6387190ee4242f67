/** Adds what is new to src/plugin/schema-order.txt, at its end, what a feature requires before the feature. */
import { appendFileSync } from 'node:fs'
import { discover } from '#plugin/discover.ts'
import { ORDER_FILE, readOrder } from '#plugin/whole-schema.ts'
import { changesMigration } from '#store/changes.ts'

const order = readOrder()
const all = [changesMigration, ...(await discover()).flatMap(({ migrations }) => migrations)]
const added = all.map(({ name }) => name).filter((name) => !order.includes(name))
if (added.length > 0) appendFileSync(ORDER_FILE, `${added.join('\n')}\n`)
process.stdout.write(`${added.length} added to src/plugin/schema-order.txt\n`)
