/**
 * Global names that come with a bundle when a program first touches them. `guestScript` makes the same constant inside the isolate.
 */
export const webGlobals: Readonly<Record<string, readonly string[]>> = {
  'web/events': ['AbortController', 'AbortSignal', 'CustomEvent', 'DOMException', 'Event', 'EventTarget'],
  'web/encoding': ['TextDecoder', 'TextEncoder', 'atob', 'btoa'],
  'web/encoding-streams': ['TextDecoderStream', 'TextEncoderStream'],
  'web/streams': [
    'ByteLengthQueuingStrategy',
    'CountQueuingStrategy',
    'ReadableByteStreamController',
    'ReadableStream',
    'ReadableStreamBYOBReader',
    'ReadableStreamBYOBRequest',
    'ReadableStreamDefaultController',
    'ReadableStreamDefaultReader',
    'TransformStream',
    'TransformStreamDefaultController',
    'WritableStream',
    'WritableStreamDefaultController',
    'WritableStreamDefaultWriter',
  ],
  'web/url': ['URL', 'URLSearchParams'],
  'web/url-pattern': ['URLPattern'],
  'web/forms': ['Blob', 'File', 'FormData'],
  'web/fetch': ['Headers', 'Request', 'Response', 'fetch'],
  'web/crypto': ['Crypto', 'CryptoKey', 'SubtleCrypto', 'crypto'],
  'web/clone': ['structuredClone'],
  'web/compression': ['CompressionStream', 'DecompressionStream'],
  'web/runtime': ['performance', 'process'],
  buffer: ['Buffer'],
}
