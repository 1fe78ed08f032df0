const codes: Readonly<Record<string, number>> = {
  IndexSizeError: 1,
  HierarchyRequestError: 3,
  WrongDocumentError: 4,
  InvalidCharacterError: 5,
  NoModificationAllowedError: 7,
  NotFoundError: 8,
  NotSupportedError: 9,
  InUseAttributeError: 10,
  InvalidStateError: 11,
  SyntaxError: 12,
  InvalidModificationError: 13,
  NamespaceError: 14,
  InvalidAccessError: 15,
  TypeMismatchError: 17,
  SecurityError: 18,
  NetworkError: 19,
  AbortError: 20,
  URLMismatchError: 21,
  QuotaExceededError: 22,
  TimeoutError: 23,
  InvalidNodeTypeError: 24,
  DataCloneError: 25,
}

/** https://webidl.spec.whatwg.org/#idl-DOMException */
export class DOMException extends Error {
  readonly #name: string

  constructor(message: string = '', options: string | { name?: string; cause?: unknown } = 'Error') {
    super(String(message))
    const named = typeof options === 'object' && options !== null
    this.#name = String(named ? (options.name ?? 'Error') : options)
    if (named && 'cause' in options)
      Object.defineProperty(this, 'cause', { value: options.cause, writable: true, configurable: true })
    // The stack was written with the name of the base class.
    if (this.stack?.startsWith('Error') === true)
      Object.defineProperty(this, 'stack', {
        value: `${this.#name}${this.stack.slice('Error'.length)}`,
        writable: true,
        configurable: true,
      })
  }

  override get name(): string {
    return this.#name
  }

  get code(): number {
    return codes[this.#name] ?? 0
  }

  get [Symbol.toStringTag](): string {
    return 'DOMException'
  }
}

for (const [name, code] of Object.entries(codes)) {
  const constant = `${name
    .replace(/Error$/, '')
    .replaceAll(/(?<=[a-z])(?=[A-Z])/g, '_')
    .toUpperCase()}_ERR`
  for (const target of [DOMException, DOMException.prototype])
    Object.defineProperty(target, constant, { value: code, enumerable: true })
}
