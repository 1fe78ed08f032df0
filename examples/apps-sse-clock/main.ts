/** Runs the clock, listens to three ticks, leaves, and sees that the clock stops for nobody. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { runApp } from '@evenkeel/server/apps'

const app = await runApp({ file: join(import.meta.dirname, 'app.ts'), port: 0, admin: false })
const visitors = async (): Promise<number> =>
  ((await (await fetch(`${app.url}/visitors`)).json()) as { visitors: number }).visitors
try {
  const leaving = new AbortController()
  const response = await fetch(`${app.url}/ticks?everyMs=50`, { signal: leaving.signal })
  assert.equal(response.headers.get('content-type'), 'text/event-stream')
  let heard = ''
  for await (const text of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    heard += text
    if (heard.includes('id: 3\n')) break
  }
  leaving.abort()
  const times = [...heard.matchAll(/data: (.+)/g)].map(([, time = '']) => Date.parse(time))
  assert.ok(times.length >= 3 && times.every((time, index) => index === 0 || time > (times[index - 1] ?? 0)))
  while ((await visitors()) > 0);
  console.log(`${times.length} ticks, and nobody is left`)
} finally {
  await app.close()
}
