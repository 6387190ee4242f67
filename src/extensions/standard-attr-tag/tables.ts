/** Tags as rows, for filters; what is shown stands on the tagged row itself. */
import { table } from '#store/store.ts'

export interface ResourceTag {
  readonly resource_id: string
  readonly tag: string
}

export const resourceTags = table<ResourceTag>('resource_tags', { resource_id: 'text', tag: 'text' })
