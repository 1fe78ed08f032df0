export { fetch } from './send.ts'
export { Headers } from './headers.ts'
export { Request } from './request.ts'
export { Response } from './response.ts'
