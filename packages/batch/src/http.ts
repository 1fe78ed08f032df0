export { httpTransport, type HttpHeaders, type HttpTransportOptions } from './http/http-transport.ts'
export type { HttpAnswer } from './http/classify.ts'
export type { Codec, Compression } from './http/compression.ts'
