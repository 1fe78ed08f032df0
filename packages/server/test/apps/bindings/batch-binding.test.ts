import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { BatchProcessor } from '@evenkeel/batch'
import { openBindings, type Bindings } from '../../../src/apps/bindings/bindings.host.ts'
import type { BatchConfig } from '../../../src/apps/bindings/binding-config.ts'

type Env = { readonly EVENTS: BatchProcessor<unknown> }

function newFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'evenkeel-events-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

async function open(dataDir: string, config: BatchConfig): Promise<Bindings & { readonly env: Env }> {
  const environment = { EVENTS_TOKEN: 'Bearer geheim' }
  const bindings = await openBindings({ config: { EVENTS: config }, app: 'test', dataDir, environment })
  return bindings as Bindings & { readonly env: Env }
}

test('events go to a file of the app, all of them before the app ends', async (t) => {
  const folder = newFolder(t)
  {
    await using bindings = await open(folder, {
      type: 'batch',
      destination: { type: 'file', path: 'events.ndjson' },
      maxAgeMs: 60_000,
    })
    for (let n = 0; n < 10; n += 1) assert.equal(bindings.env.EVENTS.add({ n }), 'accepted')
  }
  const lines = readFileSync(join(folder, 'events.ndjson'), 'utf8').trim().split('\n')
  assert.deepEqual(
    lines.map((line) => (JSON.parse(line) as { n: number }).n),
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
  )
})

test('events go to an HTTP receiver, with a header from the environment', async (t) => {
  const { url, received } = await receiver(t)
  const destination = { type: 'http', url, headersFromEnv: { authorization: 'EVENTS_TOKEN' } } as const
  {
    await using bindings = await open(newFolder(t), { type: 'batch', destination })
    bindings.env.EVENTS.addMany([{ a: 1 }, { a: 2 }])
  }
  assert.deepEqual(received, [{ authorization: 'Bearer geheim', body: '{"a":1}\n{"a":2}\n' }])
})

test('each runtime keeps events on disk in a folder of its own, and what one left is sent by the next', async (t) => {
  const folder = newFolder(t)
  const spill = { mode: 'wal' } as const
  const away = {
    type: 'batch',
    destination: { type: 'http', url: 'http://127.0.0.1:9/' },
    spill,
    closeDeadlineMs: 50,
  } as const
  {
    await using first = await open(folder, away)
    await using second = await open(folder, away)
    assert.equal(await first.env.EVENTS.offer({ from: 'first' }), 'accepted')
    assert.equal(await second.env.EVENTS.offer({ from: 'second' }), 'accepted')
    assert.deepEqual(readdirSync(join(folder, 'batch', 'EVENTS')).toSorted(), ['0', '1'])
  }
  const { url, received } = await receiver(t)
  const here = { type: 'batch', destination: { type: 'http', url }, spill } as const
  {
    await using third = await open(folder, here)
    await using fourth = await open(folder, here)
    await Promise.all([third.env.EVENTS.flush(), fourth.env.EVENTS.flush()])
  }
  assert.deepEqual(received.map(({ body }) => body).toSorted(), ['{"from":"first"}\n', '{"from":"second"}\n'])
})

test('options that do not fit together are refused by the name of the binding', async (t) => {
  const destination = { type: 'stdout' } as const
  await assert.rejects(open(newFolder(t), { type: 'batch', destination, buffer: { whenFull: 'spill' } }), {
    code: 'EK_BINDING_OPEN',
    message: /binding "EVENTS" is not available: the batch processor cannot start: .*spill/,
  })
})

interface Received {
  readonly authorization: string | undefined
  readonly body: string
}

async function receiver(t: TestContext): Promise<{ readonly url: string; readonly received: Received[] }> {
  const received: Received[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      received.push({ authorization: request.headers.authorization, body })
      response.end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, received }
}
