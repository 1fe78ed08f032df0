import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect as connectHttp2 } from 'node:http2'
import { request } from 'node:https'
import { connect as connectTls } from 'node:tls'
import { test } from 'node:test'
import { issueCertificate } from '../support/certificate.ts'
import { fetchApp, tempApp, tempFolder, until } from '../support/temp-app.ts'

test('TLS with HTTP/1.1 and HTTP/2, and a certificate that is renewed', async () => {
  using keys = tempFolder({})
  const { certFile, keyFile } = issueCertificate(keys.folder, 'first')
  const body = 'return new Response(url.protocol + (await request.text()))'
  await using running = await tempApp({ 'app.js': fetchApp(body) }, { tls: { certFile, keyFile } })
  const { port } = new URL(running.url)
  const options = { host: '127.0.0.1', port, rejectUnauthorized: false }
  assert.equal(await overHttp1(options), 'https:')
  const session = connectHttp2(running.url, { rejectUnauthorized: false })
  const stream = session.request({ ':path': '/', ':method': 'POST' })
  stream.end('body')
  let answer = ''
  for await (const chunk of stream) answer += String(chunk)
  session.close()
  assert.equal(answer, 'https:body')
  assert.equal(await certificateName(Number(port)), 'first')
  issueCertificate(keys.folder, 'second')
  await until(async () => (await certificateName(Number(port))) === 'second')
})

async function overHttp1(options: object): Promise<string> {
  const sent = request({ ...options, agent: false })
  sent.end()
  const [response] = (await once(sent, 'response')) as [AsyncIterable<Buffer>]
  let text = ''
  for await (const chunk of response) text += String(chunk)
  return text
}

async function certificateName(port: number): Promise<string> {
  const socket = connectTls({ host: '127.0.0.1', port, rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  const name = socket.getPeerCertificate().subject.CN
  socket.destroy()
  return String(name)
}
