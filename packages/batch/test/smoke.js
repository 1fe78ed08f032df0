/** Runs against the installed package: delivery to a file, the disk, and the error of a peer that is not installed. */
import assert from 'node:assert/strict'
import { subscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BatchProcessor } from '@evenkeel/batch'
import { fileTransport } from '@evenkeel/batch/file'
import { redisStreamTransport } from '@evenkeel/batch/redis'

const folder = mkdtempSync(join(tmpdir(), 'evenkeel-smoke-'))
const path = join(folder, 'events.ndjson')
const durable = new BatchProcessor({
  transport: fileTransport({ path }),
  spill: { folder: join(folder, 'spill'), mode: 'wal' },
})
for (let n = 0; n < 100; n += 1) assert.equal(await durable.offer({ n }), 'accepted')
await durable.close()
assert.equal(readFileSync(path, 'utf8').split('\n').length, 101)

const causes = []
subscribe('evenkeel:batch:sent', ({ cause }) => causes.push(cause))
const warned = once(process, 'warning')
const batch = new BatchProcessor({ transport: redisStreamTransport({ url: 'redis://127.0.0.1:9', stream: 's' }) })
batch.add({ n: 1 })
const report = await batch.close({ deadlineMs: 200 })
assert.equal(report.status, 'deadline')
assert.equal(causes[0].code, 'EK_BATCH_PEER_MISSING')
const [warning] = await warned
assert.equal(warning.code, 'EK_BATCH_PEER_MISSING')
assert.match(causes[0].message, /npm install redis/)
rmSync(folder, { recursive: true })
