import { tagOf } from '../web/bytes.ts'

/** Whether a method that checks its receiver accepts the value. */
function accepts(method: unknown, value: unknown): boolean {
  try {
    Reflect.apply(method as () => unknown, value, [])
    return true
  } catch {
    return false
  }
}

const getter = (prototype: object, key: PropertyKey): unknown => Object.getOwnPropertyDescriptor(prototype, key)?.get
const typedTag = getter(Object.getPrototypeOf(Uint8Array.prototype) as object, Symbol.toStringTag) as () =>
  | string
  | undefined
const typed =
  (name: string) =>
  (value: unknown): boolean =>
    Reflect.apply(typedTag, value, []) === name
const boxed =
  (prototype: { valueOf: unknown }) =>
  (value: unknown): boolean =>
    typeof value === 'object' && accepts(prototype.valueOf, value)
const tagged =
  (tag: string) =>
  (value: unknown): boolean =>
    tagOf(value) === tag
const holds =
  (get: unknown) =>
  (value: unknown): boolean =>
    accepts(get, value)

const isNumberObject = boxed(Number.prototype)
const isStringObject = boxed(String.prototype)
const isBooleanObject = boxed(Boolean.prototype)
const isSymbolObject = boxed(Symbol.prototype)
const isBigIntObject = boxed(BigInt.prototype)
const isArrayBuffer = holds(getter(ArrayBuffer.prototype, 'byteLength'))

/** `util.types`, by the internal slots that the language lets one ask for. */
type Check = (value: unknown) => boolean

export const types: Readonly<Record<'isRegExp' | 'isDate' | 'isNativeError', Check> & Record<string, Check>> = {
  isAnyArrayBuffer: isArrayBuffer,
  isArrayBuffer,
  isArrayBufferView: (value) => ArrayBuffer.isView(value),
  isArgumentsObject: tagged('Arguments'),
  isAsyncFunction: tagged('AsyncFunction'),
  isBigInt64Array: typed('BigInt64Array'),
  isBigIntObject,
  isBigUint64Array: typed('BigUint64Array'),
  isBooleanObject,
  isBoxedPrimitive: (value) =>
    [isNumberObject, isStringObject, isBooleanObject, isSymbolObject, isBigIntObject].some((each) => each(value)),
  isDataView: holds(getter(DataView.prototype, 'byteLength')),
  isDate: (value) => accepts(Date.prototype.getTime, value),
  isExternal: () => false,
  isFloat32Array: typed('Float32Array'),
  isFloat64Array: typed('Float64Array'),
  isGeneratorFunction: (value) => ['GeneratorFunction', 'AsyncGeneratorFunction'].includes(tagOf(value)),
  isGeneratorObject: tagged('Generator'),
  isInt16Array: typed('Int16Array'),
  isInt32Array: typed('Int32Array'),
  isInt8Array: typed('Int8Array'),
  isMap: holds(getter(Map.prototype, 'size')),
  isMapIterator: tagged('Map Iterator'),
  isModuleNamespaceObject: tagged('Module'),
  isNativeError: (value) => value instanceof Error,
  isNumberObject,
  isPromise: (value) => value instanceof Promise,
  isProxy: () => false,
  isRegExp: (value) => value !== RegExp.prototype && accepts(getter(RegExp.prototype, 'source'), value),
  isSet: holds(getter(Set.prototype, 'size')),
  isSetIterator: tagged('Set Iterator'),
  isSharedArrayBuffer: () => false,
  isStringObject,
  isSymbolObject,
  isTypedArray: (value) => Reflect.apply(typedTag, value, []) !== undefined,
  isUint16Array: typed('Uint16Array'),
  isUint32Array: typed('Uint32Array'),
  isUint8Array: typed('Uint8Array'),
  isUint8ClampedArray: typed('Uint8ClampedArray'),
  isWeakMap: tagged('WeakMap'),
  isWeakSet: tagged('WeakSet'),
}
