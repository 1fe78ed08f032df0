/** Apps of handlers `(req, res)`, for what was written for other runtimes. */
export { CompatApp, createServer } from './apps/compat/compat-app.host.ts'
export { createServer as Server } from './apps/compat/compat-app.host.ts'
export type { CompatRequest } from './apps/compat/compat-request.ts'
export type { CompatResponse, SendFileOptions } from './apps/compat/compat-response.ts'
export type { CompatSocket } from './apps/compat/compat-socket.ts'
export type {
  CompatErrorHandler,
  CompatHandler,
  CompatMiddleware,
  CompatOptions,
  Next,
  SocketHandler,
} from './apps/compat/compat-types.ts'
export { STATUS_CODES } from 'node:http'
