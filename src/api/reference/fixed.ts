/** The paths that are there whatever is loaded: discovery, health, the reference itself; as OpenAPI has it. Data. */
import type { JsonObject } from '#base/json.ts'

const ANYBODY = { security: [] } as const

function answers(summary: string, content: JsonObject, more: JsonObject = {}): JsonObject {
  return {
    tags: ['other'],
    summary,
    responses: {
      200: { description: 'Done.', content },
      default: { $ref: '#/components/responses/Error' },
    },
    ...more,
  }
}

function json(key: string): JsonObject {
  return { 'application/json': { schema: { type: 'object', required: [key] } } }
}

const alias: JsonObject = { name: 'alias', in: 'path', required: true, schema: { type: 'string' } }

const query = (name: string, schema: JsonObject, description: string): JsonObject => ({
  name,
  in: 'query',
  schema,
  description,
})

const change: JsonObject = {
  type: 'object',
  properties: {
    sequence: { type: 'integer' },
    resource: { type: 'string' },
    id: { type: 'string' },
    parent_id: { type: ['string', 'null'] },
    kind: { enum: ['create', 'update', 'delete'] },
    project_id: { type: ['string', 'null'] },
    revision_number: { type: 'integer' },
    at: { type: 'string' },
  },
  required: ['sequence', 'resource', 'id', 'kind', 'project_id', 'revision_number', 'at'],
  additionalProperties: false,
}

const changes: JsonObject = {
  type: 'object',
  properties: { changes: { type: 'array', items: change }, next: { type: 'integer' } },
  required: ['changes', 'next'],
  additionalProperties: false,
}

const watching: JsonObject = {
  description:
    'Lines of the change log that the caller may see. Without `since`, where the log ends. Who accepts ' +
    '`text/event-stream` is told as it happens, from `since` or `Last-Event-ID` on. 410 when the log does not reach ' +
    'back as far.',
  parameters: [
    query('since', { type: 'integer', minimum: 0 }, 'The `next` of the page before.'),
    query('limit', { type: 'integer', minimum: 0, maximum: 1000 }, 'Lines at most.'),
    query('resource', { type: 'array', items: { type: 'string' } }, 'Only of these resources, by their singular.'),
  ],
}

export const fixedPaths: { readonly [path: string]: { readonly [method: string]: JsonObject } } = {
  '/': { get: answers('The versions there are', json('versions'), ANYBODY) },
  '/healthcheck': { get: answers('Whether the server is in service', { 'text/plain': {} }, ANYBODY) },
  '/docs': { get: answers('This reference as a page', { 'text/html': {} }, ANYBODY) },
  '/v2.0/openapi.json': { get: answers('This reference as OpenAPI 3.1', json('openapi'), ANYBODY) },
  '/v2.0/changes': {
    get: answers(
      'What has changed',
      { 'application/json': { schema: changes }, 'text/event-stream': { schema: { type: 'string' } } },
      watching,
    ),
  },
  '/v2.0/': { get: answers('The core resources', json('resources')) },
  '/v2.0/extensions': { get: answers('The extensions that are loaded', json('extensions')) },
  '/v2.0/extensions/{alias}': { get: answers('One extension', json('extension'), { parameters: [alias] }) },
}
