import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer as createHttpsServer } from 'node:https'
import { createServer, type IncomingMessage } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { suite, test } from 'node:test'
import { isLabError } from '../../src/index.ts'
import { parseProxySettings, proxyFor } from '../../src/script/proxy-settings.ts'
import { runFlow } from '../support/run-flow.ts'
import { selfSigned } from '../support/self-signed.ts'
import { startServer } from '../support/test-server.ts'

/** A proxy that leads every tunnel to one port of this machine and notes what it was asked for. */
async function startProxy(port: number, statusCode = 200): Promise<AsyncDisposable & { url: string; asked: string[] }> {
  const asked: string[] = []
  const open = new Set<Duplex>()
  const server = createServer()
  server.on('connect', (request: IncomingMessage, socket: Duplex) => {
    asked.push(`${request.url} ${request.headers['proxy-authorization'] ?? 'nobody'}`)
    open.add(socket)
    socket.on('error', () => socket.destroy())
    if (statusCode !== 200) {
      socket.end(`HTTP/1.1 ${statusCode} No\r\n\r\n`)
      return
    }
    const upstream = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      socket.pipe(upstream).pipe(socket)
    })
    open.add(upstream)
    upstream.on('error', () => socket.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://who:secret@127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    [Symbol.asyncDispose]: async () => {
      for (const socket of open) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

suite('proxies of the environment', () => {
  test('an HTTP target is reached by a tunnel; the proxy is told who asks', async () => {
    await using server = await startServer((_request, response) => void response.end('ok'))
    await using proxy = await startProxy(server.port)
    const result = await runFlow('http://shop.test', [{ get: { url: '/' } }, { get: { url: '/' } }], {
      load: { env: { HTTP_PROXY: proxy.url } },
    })
    assert.deepEqual(result.codes, { 200: 2 })
    assert.deepEqual(proxy.asked, [`shop.test:80 Basic ${Buffer.from('who:secret').toString('base64')}`])
  })

  test('an HTTPS target too, with its certificate checked as ever', async () => {
    const server = createHttpsServer(selfSigned, (_request, response) => void response.end('ok'))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    await using proxy = await startProxy((server.address() as AddressInfo).port)
    const env = { https_proxy: proxy.url }
    const flow = [{ get: { url: '/' } }]
    const refused = await runFlow('https://shop.test', flow, { load: { env } })
    const accepted = await runFlow('https://shop.test', flow, { load: { env, insecure: true } })
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
    assert.equal(refused.errors[0]?.code, 'DEPTH_ZERO_SELF_SIGNED_CERT')
    assert.deepEqual(accepted.codes, { 200: 1 })
  })

  test('a proxy that refuses is named, its password is not', async () => {
    await using proxy = await startProxy(1, 403)
    const result = await runFlow('http://shop.test', [{ get: { url: '/' } }], {
      load: { env: { HTTP_PROXY: proxy.url } },
    })
    const [error] = result.errors
    assert.equal(error?.code, 'EPROXY')
    assert.match(error?.message ?? '', /the proxy answered 403 to a tunnel to shop\.test:80/)
    assert.ok(!JSON.stringify(result).includes('secret'))
  })

  test('loopback addresses and NO_PROXY are reached directly', () => {
    const settings = parseProxySettings({ HTTP_PROXY: 'http://p.test:3128', NO_PROXY: 'in.test, .corp.test' })
    const through = (hostname: string): boolean => proxyFor(settings, { hostname, secure: false }) !== undefined
    for (const host of ['localhost', '127.0.0.1', '127.9.9.9', '::1', 'in.test', 'a.in.test', 'x.corp.test'])
      assert.equal(through(host), false, host)
    for (const host of ['out.test', 'notin.test', '128.0.0.1']) assert.equal(through(host), true, host)
    assert.equal(proxyFor(settings, { hostname: 'out.test', secure: true }), undefined)
  })

  test('what is no URL of a proxy is refused without being repeated', () => {
    assert.throws(
      () => parseProxySettings({ HTTP_PROXY: 'who:secret@proxy' }),
      (error) => isLabError(error) && error.code === 'EK_LAB_USAGE' && !error.message.includes('secret'),
    )
  })
})
