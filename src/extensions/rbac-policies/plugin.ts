/**
 * Entries that say which object is shared with, or external for, which project. Setting an object's flag makes the
 * entry for everybody, clearing it takes that away; a deleted object's entries go with it.
 * Source: Networking API v2.0, "RBAC Policies".
 */
import { definePlugin } from '#plugin/plugin.ts'
import api from './definition.ts'
import { serveEntries } from './entries.ts'
import { followFlags } from './flags.ts'

export default definePlugin({
  api,
  start(host) {
    serveEntries(host)
    followFlags(host)
  },
})
