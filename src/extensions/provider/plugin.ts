/** `provider` has no behaviour of its own: the columns are here, ml2's type drivers decide what stands in them. */
import { definePlugin } from '#plugin/plugin.ts'
import api from './definition.ts'
import './tables.ts'

export default definePlugin({ api, start() {} })
