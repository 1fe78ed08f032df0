declare module 'core-js-pure/actual/structured-clone' {
  const clone: (value: unknown, options?: { transfer?: readonly unknown[] }) => unknown
  export default clone
}

declare module 'whatwg-url' {
  export const URL: typeof globalThis.URL
  export const URLSearchParams: typeof globalThis.URLSearchParams
}
