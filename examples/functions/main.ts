import assert from 'node:assert/strict'
import { serve } from '@evenkeel/server'
import { createClient } from '@evenkeel/server/client'

await using server = await serve({ port: 0, adminPort: 0 })
const { functions, executions } = createClient({ url: server.url })

// Each `put` that changes something is a version.
await functions.put('greet', { code: 'return `Hello ${input.name}`' })
const inputSchema = { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] }
const { version } = await functions.put('greet', { code: 'return `Ahoy ${input.name}`', inputSchema })
assert.equal(version, 2)

const { result, usage } = await functions.invoke<string>('greet', { input: { name: 'Ada' } })
assert.equal(result, 'Ahoy Ada')
assert.ok(usage.cpuMs >= 0)
await assert.rejects(() => functions.invoke('greet', { input: {} }), { code: 'EK_FUNCTION_INPUT' })

// An alias is a name that callers keep while versions come and go.
await functions.setAlias('greet', 'stable', 1)
assert.equal((await functions.invoke('greet', { version: 'stable', input: { name: 'Ada' } })).result, 'Hello Ada')

// One idempotency key is one run, however often it is sent.
const started = await functions.start('greet', { input: { name: 'Bob' }, idempotencyKey: 'greet-bob' })
const again = await functions.start('greet', { input: { name: 'Bob' }, idempotencyKey: 'greet-bob' })
assert.equal(again.id, started.id)
assert.equal((await executions.wait(started.id)).status, 'succeeded')

await functions.rollback('greet', 1)
assert.equal((await functions.invoke('greet', { input: { name: 'Ada' } })).result, 'Hello Ada')
console.log('stored, called, started, rolled back')
