import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeFrame, frameKinds, maxFrameBytes } from '../../src/wire/frame.ts'
import { FrameReader } from '../../src/wire/frame-reader.ts'

const frames = [
  encodeFrame(frameKinds.ping, 0, undefined),
  encodeFrame(frameKinds.invoke, 7, { tenant: 'ü' }, Buffer.from('body')),
  encodeFrame(frameKinds.outcome, 4_294_967_295, { a: [1, null] }, Buffer.alloc(100_000, 7)),
]

for (const chunkBytes of [1, 2, 3, 7, 64, 1_000, 1_000_000]) {
  test(`frames cut into chunks of ${chunkBytes} bytes come out whole and in order`, () => {
    const reader = new FrameReader()
    const all = Buffer.concat(frames)
    const read = []
    for (let start = 0; start < all.length; start += chunkBytes)
      read.push(...reader.push(all.subarray(start, start + chunkBytes)))
    assert.deepEqual(
      read.map(({ kind, stream, meta, body }) => [kind, stream, meta, body.length]),
      [
        [frameKinds.ping, 0, undefined, 0],
        [frameKinds.invoke, 7, { tenant: 'ü' }, 4],
        [frameKinds.outcome, 4_294_967_295, { a: [1, null] }, 100_000],
      ],
    )
  })
}

const garbage: readonly [name: string, bytes: Buffer][] = [
  ['a length over the limit', header(maxFrameBytes + 1, frameKinds.ping)],
  ['a length under the least', header(3, frameKinds.ping)],
  ['an unknown kind', header(4, 99)],
  ['metadata longer than the frame', Buffer.concat([header(4, frameKinds.ping), uint32(1_000)])],
  ['metadata that is not JSON', Buffer.concat([header(7, frameKinds.ping), uint32(3), Buffer.from('}{x')])],
  ['text', Buffer.from('HTTP/1.1 200 OK\r\n\r\n')],
]

for (const [name, bytes] of garbage) {
  test(`${name} is refused as EK_POOL_PROTOCOL`, () => {
    assert.throws(() => new FrameReader().push(bytes), { code: 'EK_POOL_PROTOCOL', fault: 'system' })
  })
}

function header(payloadBytes: number, kind: number): Buffer {
  return Buffer.concat([uint32(payloadBytes), Buffer.from([kind]), uint32(1)])
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}
