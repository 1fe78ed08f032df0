/** What a function gets besides its input, and what must not leave it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Pool, RunReport, RunRequest } from '@evenkeel/pool'
import { BlockService } from '../../src/blocks/block-service.ts'
import { SecretBox } from '../../src/blocks/functions/secret-box.ts'
import { resolveServerOptions } from '../../src/config/options.ts'

const usage = { wallMs: 1, cpuMs: 1, peakHeapBytes: 1, start: 'warm', initMs: 0 } as const

/** A pool that keeps what it was asked, and answers as a program would that gives its secret away. */
class LeakyPool {
  request: RunRequest | undefined

  async run(request: RunRequest): Promise<RunReport> {
    this.request = request
    const { secrets } = JSON.parse(request.context ?? '{}') as { secrets: { KEY: string } }
    const text = `the key is ${secrets.KEY}!`
    return {
      outcome: {
        status: 'failed',
        error: { kind: 'thrown', type: 'Error', message: text, stack: text },
        usage,
        warnings: [],
      },
      logs: [{ level: 'log', message: text, atMs: 0 }],
      logsTruncated: false,
      timeline: { queueMs: 0, dispatchMs: 0, initMs: 0, runMs: 1, cpuMs: 1, serialiseMs: 0 },
    } as unknown as RunReport
  }
}

test('env, secrets and the execution id reach the engine as JSON; secrets come back masked', async () => {
  const pool = new LeakyPool()
  const refuse = (): Promise<never> => Promise.reject(new Error('no requests here'))
  const outgoing = { requests: 0, answer: refuse, [Symbol.dispose]: () => undefined }
  const service = new BlockService(pool as unknown as Pool, () => outgoing)
  const context = { env: { MODE: 'x' }, secrets: { KEY: 's3cret-"value"', PART: 's3cret' }, function: 'f', version: 2 }
  const { limits } = resolveServerOptions({}).blocks
  const run = { code: 'return 1', language: 'js', input: '{}', limits, context } as const
  const caller = { tenant: 'tenant', token: undefined, scopes: new Set<never>() }
  const { answer } = await service.run(run, caller, new AbortController().signal, 'the-id')
  const sent = JSON.parse(pool.request?.context ?? '') as object
  assert.deepEqual(sent, { ...context, id: 'the-id' })
  assert.ok(!answer.body.includes('s3cret'))
  assert.equal(answer.error?.message, 'the key is [redacted]!')
  assert.equal(answer.error?.stack, 'the key is [redacted]!')
})

test('sealed secrets open with their key and for their function alone', () => {
  const box = new SecretBox(Buffer.alloc(32, 1))
  const sealed = box.seal('f', { A: 'value' })
  assert.deepEqual(box.open('f', sealed), { A: 'value' })
  assert.ok(!Buffer.from(sealed).toString('latin1').includes('value'))
  assert.notDeepEqual(box.seal('f', { A: 'value' }), sealed)
  const changed = Uint8Array.from(sealed, (byte, index) => (index === sealed.length - 1 ? byte ^ 1 : byte))
  for (const open of [
    () => box.open('g', sealed),
    () => box.open('f', changed),
    () => box.open('f', new Uint8Array()),
    () => new SecretBox(Buffer.alloc(32, 2)).open('f', sealed),
  ])
    assert.throws(open, { code: 'EK_SECRETS_KEY' })
})
