const native: readonly object[] = [Request.prototype, Response.prototype]

/** Gives the lighter classes that the adapter puts in the place of `Request` and `Response` the one method of a body that they miss. */
export function addReadBytes(): void {
  for (const { prototype } of [globalThis.Request, globalThis.Response]) {
    if (native.includes(prototype) || Object.hasOwn(prototype, 'bytes')) continue
    Object.defineProperty(prototype, 'bytes', { value: readBytes, configurable: true, writable: true })
  }
}

async function readBytes(this: Pick<Request, 'arrayBuffer'>): Promise<Uint8Array> {
  return new Uint8Array(await this.arrayBuffer())
}
