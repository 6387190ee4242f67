/** Availability zones on the command line: a list. Source: neutronclient 8.1's `availability-zone-list`. */
import { defineCli } from '#cli/command.ts'
import type { Outline } from '#cli/outline.ts'

const availability_zone: Outline = {
  name: 'availability_zone',
  collection: 'availability_zones',
  body: 'availability_zone',
  path: '/availability_zones',
  parent: null,
  key: 'name',
  methods: ['list'],
  owned: false,
  attributes: {},
  actions: [],
}

export default defineCli({
  outlines: { availability_zone },
  resources: {
    availability_zone: {
      list: { summary: 'List availability zones.', columns: ['name', 'resource', 'state'] },
    },
  },
})
