/** Starts a server inside this program and runs a block on it. */
import assert from 'node:assert/strict'
import { serve } from '@evenkeel/server'

await using server = await serve({ port: 0, adminPort: 0 })

const response = await fetch(`${server.url}/v1/run`, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({
    code: 'return input.words.map((word) => word.toUpperCase())',
    input: { words: ['even', 'keel'] },
  }),
})
const answer = (await response.json()) as { result: string[]; usage: { cpuMs: number } }

assert.deepEqual(answer.result, ['EVEN', 'KEEL'])
console.log(`${answer.result.join(' ')} in ${answer.usage.cpuMs} ms of processor time`)
