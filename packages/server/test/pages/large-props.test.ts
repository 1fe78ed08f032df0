/** Props of many megabytes: refused above the limit before they cost anything, rendered below it, without a stall for others. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { RunningServer } from '@evenkeel/server'
import { slackMs } from '../support/slack.ts'
import { copySite, get, serveSite, type SiteCopy } from './support/site.ts'

let site: SiteCopy
let server: RunningServer

before(async () => {
  site = copySite('faulty')
  server = await serveSite(site, { hosts: 2, maxPageBytes: 32 * 1_048_576 })
})

after(async () => {
  await server.close()
  site[Symbol.dispose]()
})

test('props above the limit are refused', async () => {
  const response = await post(bodyOf(20 * 1_048_576))
  assert.equal(response.status, 413)
  assert.match(await response.text(), /"code":"EK_\w+"/)
})

test('props below the limit are rendered, and nobody waits for them', async () => {
  const body = bodyOf(1_900_000)
  await (await post(body)).arrayBuffer()
  let slowestAloneMs = 0
  let slowestBesideMs = 0
  for (let round = 0; round < 5; round += 1) {
    slowestAloneMs = Math.max(slowestAloneMs, await slowestOf(Promise.resolve()))
    const large = post(body).then(async (response) => {
      assert.equal(response.status, 200)
      assert.ok((await response.arrayBuffer()).byteLength > 1_900_000)
    })
    slowestBesideMs = Math.max(slowestBesideMs, await slowestOf(large))
    await large
  }
  const allowedMs = slowestAloneMs + 50 + slackMs() / 3
  assert.ok(slowestBesideMs < allowedMs, `${slowestBesideMs} ms beside large props, ${slowestAloneMs} ms alone`)
})

function bodyOf(bytes: number): Buffer {
  return Buffer.from(JSON.stringify({ props: { name: 'x'.repeat(bytes) } }))
}

function post(body: Buffer): Promise<Response> {
  const headers = { 'content-type': 'application/json' }
  return fetch(`${server.url}/v1/pages/typed`, { method: 'POST', headers, body: Uint8Array.from(body) })
}

/** Of small pages asked for one after the other, ten at least, and until the promise settles. In milliseconds. */
async function slowestOf(meanwhile: Promise<void>): Promise<number> {
  let isOver = false
  void meanwhile.then(() => (isOver = true))
  let slowestMs = 0
  for (let asked = 0; asked < 10 || !isOver; asked += 1) {
    const startedAtMs = performance.now()
    assert.equal((await get(server, '/fine')).status, 200)
    slowestMs = Math.max(slowestMs, performance.now() - startedAtMs)
  }
  return slowestMs
}
