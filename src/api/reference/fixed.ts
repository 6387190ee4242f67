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

export const fixedPaths: { readonly [path: string]: { readonly [method: string]: JsonObject } } = {
  '/': { get: answers('The versions there are', json('versions'), ANYBODY) },
  '/healthcheck': { get: answers('Whether the server is in service', { 'text/plain': {} }, ANYBODY) },
  '/docs': { get: answers('This reference as a page', { 'text/html': {} }, ANYBODY) },
  '/v2.0/openapi.json': { get: answers('This reference as OpenAPI 3.1', json('openapi'), ANYBODY) },
  '/v2.0/': { get: answers('The core resources', json('resources')) },
  '/v2.0/extensions': { get: answers('The extensions that are loaded', json('extensions')) },
  '/v2.0/extensions/{alias}': { get: answers('One extension', json('extension'), { parameters: [alias] }) },
}
