/** The server's extensions on the command line. Source: neutronclient 8.1's `ext-list` and `ext-show`. */
import { defineCli } from '#cli/command.ts'
import type { Outline } from '#cli/outline.ts'

const extension: Outline = {
  name: 'extension',
  collection: 'extensions',
  body: 'extension',
  path: '/extensions',
  parent: null,
  key: 'alias',
  methods: ['list', 'show'],
  owned: false,
  attributes: {},
  actions: [],
}

export default defineCli({
  outlines: { extension },
  resources: {
    extension: {
      noun: 'ext',
      names: false,
      list: {
        summary: "List the server's extensions.",
        columns: ['alias', 'name'],
        sorting: false,
        paging: false,
      },
      show: { summary: 'Show an extension.', help: 'Alias of the extension to show.' },
    },
  },
})
