/** A part of web-platform-tests that says something about what blocks have. */
export interface Area {
  readonly name: string
  /** Files `*.any.js` below these folders. */
  readonly folders: readonly string[]
  /** Paths that need what an isolate has not, such as a document, a server of the suite's own or a worker, and algorithms that are proposals. */
  readonly leftOut: RegExp
}

const nothing = /(?!)/

export const areas: readonly Area[] = [
  {
    name: 'URL',
    folders: ['url'],
    leftOut: /idlharness|javascript-urls|data-uri|percent-encoding|historical|a-element/,
  },
  {
    name: 'Encoding',
    folders: ['encoding'],
    leftOut: /idlharness|sharedarraybuffer|legacy-mb|streams\/realms|replacement-encodings|unsupported-encodings/,
  },
  { name: 'Base64', folders: ['html/webappapis/atob'], leftOut: nothing },
  {
    name: 'Timers and microtasks',
    folders: ['html/webappapis/timers', 'html/webappapis/microtask-queuing'],
    leftOut: nothing,
  },
  { name: 'Structured clone', folders: ['html/webappapis/structured-clone'], leftOut: nothing },
  {
    name: 'Blob and File',
    folders: ['FileAPI'],
    leftOut: /idlharness|url\/|Determining-Encoding|reading-data-section|cross-|send-file|fileReader/,
  },
  { name: 'FormData', folders: ['xhr/formdata'], leftOut: nothing },
  { name: 'Headers', folders: ['fetch/api/headers'], leftOut: /header-values|cookie|no-cors/ },
  {
    name: 'Request',
    folders: ['fetch/api/request'],
    leftOut: /cache|idl|bad-port|destination|multi-globals|referrer|priority/,
  },
  {
    name: 'Response and bodies',
    folders: ['fetch/api/response', 'fetch/api/body'],
    leftOut: /cancel-stream|from-stream|stream-with-broken|disturbed-util/,
  },
  {
    name: 'AbortSignal and events',
    folders: ['dom/abort', 'dom/events'],
    leftOut: /idlharness|crash|document|shadow|window/,
  },
  {
    name: 'Streams',
    folders: ['streams'],
    leftOut:
      /idlharness|transferable|cross-realm|garbage|queuing-strategies-size-function-per-global|invalid-realm|video-frame|message-port/,
  },
  { name: 'Compression', folders: ['compression'], leftOut: /idlharness/ },
  { name: 'WebCrypto', folders: ['WebCryptoAPI'], leftOut: /idlharness|secure_context|\.window\.|\.tentative\./ },
]
