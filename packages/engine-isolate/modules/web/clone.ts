import clone from 'core-js-pure/actual/structured-clone'

export const structuredClone: (value: unknown, options?: { transfer?: readonly unknown[] }) => unknown = clone
