import swagger from '@fastify/swagger'
import type { App } from './listener.ts'
import { refuseOtherMethods } from './method-not-allowed.ts'

export interface OpenApiOptions {
  readonly title: string
  readonly version: string
  /** Where the document is served. */
  readonly path: string
}

/** Collects the schemas of all routes added after it, and serves them as an OpenAPI 3.1 document. */
export async function addOpenApi(app: App, { title, version, path }: OpenApiOptions): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title, version },
      components: {
        securitySchemes: {
          token: { type: 'http', scheme: 'bearer', description: 'Also taken as the header `accessToken`' },
        },
      },
      security: [{ token: [] }, {}],
    },
  })
  app.get(path, { schema: { hide: true } }, () => app.swagger())
  refuseOtherMethods(app, path, ['GET'])
}
