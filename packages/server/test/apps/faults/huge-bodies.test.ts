import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { test } from 'node:test'
import { fetchApp, tempApp } from '../../support/temp-app.ts'
import { tempSite } from '../../support/temp-site.ts'

const skip = process.platform === 'linux' ? false : 'reads /proc'
const mib = 1_048_576

const source = fetchApp(
  `
  if (url.pathname === '/pid') return new Response(String(process.pid))
  return new Response(String((await request.arrayBuffer()).byteLength))`,
  `bodyLimits: { '/large': ${30 * mib}, '/large/small': 10 }`,
)

const residentMb = (pid: number): number => {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0) / 1_024
}

/** Sends up to 200 MB as fast as they are taken. Resolves with the answer and with what was taken. */
async function upload(url: string, head: string, chunked: boolean): Promise<{ answer: string; sentBytes: number }> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  let answer = ''
  let sentBytes = 0
  let closed = false
  socket.on('error', () => undefined)
  socket.on('data', (data: Buffer) => (answer += data.toString()))
  const over = (): void => {
    closed = true
    // Whoever waits for room waits no more.
    socket.emit('drain')
  }
  socket.once('close', over).on('data', over)
  await once(socket, 'connect')
  socket.write(head)
  const part = Buffer.alloc(65_536, 'x')
  const frame = chunked ? Buffer.concat([Buffer.from('10000\r\n'), part, Buffer.from('\r\n')]) : part
  while (!closed && answer === '' && sentBytes < 200_000_000) {
    sentBytes += part.length
    if (!socket.write(frame)) await new Promise((resolve) => socket.once('drain', resolve))
  }
  socket.destroy()
  return { answer, sentBytes: sentBytes - socket.writableLength }
}

for (const kind of ['direct', 'routed'] as const) {
  for (const chunked of [false, true]) {
    test(
      `${kind}: 200 MB, ${chunked ? 'without a length' : 'announced'}, are a 413 before 11 MB are read`,
      { skip },
      async () => {
        await using running =
          kind === 'direct' ? await tempApp({ 'app.js': source }) : await tempSite({ 'apps/app.js': source })
        const base = kind === 'direct' ? '' : '/app'
        const pid = Number(await (await fetch(`${running.url}${base}/pid`)).text())
        const before = residentMb(pid) + residentMb(process.pid)
        const length = chunked ? 'transfer-encoding: chunked' : 'content-length: 200000000'
        const asked = upload(running.url, `POST ${base}/ HTTP/1.1\r\nhost: a\r\n${length}\r\n\r\n`, chunked)
        for (let other = 0; other < 20; other += 1) assert.equal((await fetch(`${running.url}${base}/pid`)).status, 200)
        const { answer, sentBytes } = await asked
        assert.match(answer, /^HTTP\/1\.1 413 /)
        // What lies in the buffers of two sockets was sent, not read.
        assert.ok(sentBytes < 11_000_000 + 8 * mib, `${sentBytes} bytes were taken`)
        assert.ok(residentMb(pid) + residentMb(process.pid) - before < 64)
      },
    )
  }

  test(`${kind}: a path may have a limit of its own`, async () => {
    await using running =
      kind === 'direct' ? await tempApp({ 'app.js': source }) : await tempSite({ 'apps/app.js': source })
    const base = kind === 'direct' ? '' : '/app'
    const post = async (path: string, bytes: number): Promise<number> =>
      (await fetch(`${running.url}${base}${path}`, { method: 'POST', body: new Uint8Array(bytes) })).status
    assert.equal(await post('/', 11 * mib), 413)
    assert.equal(await post('/large', 11 * mib), 200)
    assert.equal(await post('/large/deeper?a=1', 11 * mib), 200)
    assert.equal(await post('/larger', 11 * mib), 413)
    assert.equal(await post('/large/small', 11), 413)
    assert.equal(await post('/large/small', 10), 200)
  })
}

test('a limit that is none keeps the app from starting', async () => {
  const app = (limits: string): string => fetchApp("return new Response('ok')", `bodyLimits: ${limits}`)
  await assert.rejects(tempApp({ 'app.js': app('{ large: 1 }') }), {
    code: 'EK_APP_LOAD',
    message: /"large".*must begin with "\/"/,
  })
  await assert.rejects(tempApp({ 'app.js': app("{ '/large': '1mb' }") }), {
    code: 'EK_APP_LOAD',
    message: /number of bytes, not 1mb/,
  })
})
