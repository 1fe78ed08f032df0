/** The two ends of a stream, joined by hand: what one sends beyond its credit, the other refuses. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { frameKinds, type Frame, type FrameKind } from '../../src/wire/frame.ts'
import { chunkBytes, dataFlags, windowBytes } from '../../src/wire/stream-frames.ts'
import { StreamReceiver } from '../../src/wire/stream-receiver.ts'
import { StreamSender } from '../../src/wire/stream-sender.ts'

class Pipe {
  readonly sent: Frame[] = []
  send(kind: FrameKind, meta?: unknown, body: Uint8Array = new Uint8Array(0)): void {
    this.sent.push({ kind, stream: 1, meta, body: Buffer.from(body) })
  }
  count(kind: FrameKind): number {
    return this.sent.filter((frame) => frame.kind === kind).length
  }
}

function data(bytes: number, meta?: unknown): Frame {
  return { kind: frameKinds.data, stream: 1, meta, body: Buffer.alloc(bytes) }
}

test('a sender stops at its window and goes on when it is granted credit', async () => {
  const pipe = new Pipe()
  const sender = new StreamSender(pipe, false)
  let written = false
  const writing = sender.write(Buffer.alloc(windowBytes * 2)).then(() => (written = true))
  await Promise.resolve()
  assert.equal(pipe.count(frameKinds.data), windowBytes / chunkBytes)
  assert.equal(written, false)
  sender.grant(windowBytes)
  await Promise.resolve()
  sender.grant(1_000)
  await writing
  assert.equal(
    pipe.sent.reduce((sum, { body }) => sum + body.length, 0),
    windowBytes * 2,
  )
})

test('the end follows what was written before it', async () => {
  const pipe = new Pipe()
  const sender = new StreamSender(pipe, false)
  void sender.write(Buffer.alloc(windowBytes + chunkBytes))
  const ending = sender.end()
  assert.equal(pipe.count(frameKinds.end), 0)
  sender.grant(chunkBytes)
  await ending
  assert.equal(pipe.sent.at(-1)?.kind, frameKinds.end)
  await assert.rejects(sender.write('more'), { code: 'EK_POOL_STREAM_CLOSED' })
})

test('a sender whose reader is gone rejects what waits and says so', async () => {
  const sender = new StreamSender(new Pipe(), false)
  const waiting = sender.write(Buffer.alloc(windowBytes * 2))
  sender.close()
  await assert.rejects(waiting, { code: 'EK_POOL_STREAM_CLOSED' })
  assert.equal(sender.closed.aborted, true)
})

for (const credit of [0, -1, Number.NaN, '5', undefined, windowBytes + 1]) {
  test(`a credit of ${String(credit)} breaks the protocol`, () => {
    assert.throws(() => new StreamSender(new Pipe(), false).grant(credit), { code: 'EK_POOL_PROTOCOL' })
  })
}

test('a receiver grants what was read, half a window at a time', async () => {
  const pipe = new Pipe()
  const receiver = new StreamReceiver(pipe)
  for (let frame = 0; frame < 4; frame += 1) receiver.push(data(chunkBytes))
  await receiver.next()
  assert.equal(pipe.count(frameKinds.credit), 0)
  await receiver.next()
  assert.deepEqual(pipe.sent.at(-1), {
    kind: frameKinds.credit,
    stream: 1,
    meta: windowBytes / 2 + 128,
    body: Buffer.alloc(0),
  })
})

const violations: readonly [name: string, frames: readonly Frame[]][] = [
  ['more than the window', Array.from({ length: 6 }, () => data(chunkBytes))],
  ['a frame above the largest', [data(chunkBytes + 1)]],
  ['a flood of empty messages', Array.from({ length: windowBytes / 64 + 1 }, () => data(0, dataFlags.text))],
  ['data of an unknown kind', [data(1, 9)]],
  ['a message without an end', Array.from({ length: 300 }, () => data(chunkBytes, dataFlags.part))],
]
for (const [name, frames] of violations) {
  test(`${name} breaks the protocol`, () => {
    const receiver = new StreamReceiver(new Pipe())
    assert.throws(() => frames.forEach((frame) => receiver.push(frame)), { code: 'EK_POOL_PROTOCOL' })
  })
}

test('who breaks off reading tells the sender, once, and takes no more', async () => {
  const pipe = new Pipe()
  const receiver = new StreamReceiver(pipe)
  receiver.push(data(10))
  await receiver.return()
  await receiver.return()
  receiver.push(data(10))
  assert.equal(pipe.count(frameKinds.stop), 1)
  assert.deepEqual(await receiver.next(), { done: true, value: undefined })
})
