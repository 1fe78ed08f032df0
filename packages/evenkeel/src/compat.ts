/** Apps of handlers `(req, res)`, for what was written for other runtimes. */
export { CompatApp, createServer, Server, STATUS_CODES } from '@evenkeel/server/compat'
export type {
  CompatErrorHandler,
  CompatHandler,
  CompatMiddleware,
  CompatOptions,
  CompatRequest,
  CompatResponse,
  CompatSocket,
  Next,
  SendFileOptions,
  SocketHandler,
} from '@evenkeel/server/compat'
