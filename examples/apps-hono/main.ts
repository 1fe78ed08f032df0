/** Runs the API and asks ten times at once: the slow work is done once. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { runApp } from '@evenkeel/server/apps'

const app = await runApp({ file: join(import.meta.dirname, 'app.tsx'), port: 0, admin: false })
try {
  const answers = await Promise.all(Array.from({ length: 10 }, async () => (await fetch(app.url)).json()))
  assert.deepEqual(
    answers,
    Array.from({ length: 10 }, () => ({ city: 'Brno', degrees: 14, number: 1 })),
  )
  assert.equal((await fetch(`${app.url}/none`)).status, 404)
  console.log('ten answers from one forecast')
} finally {
  await app.close()
}
