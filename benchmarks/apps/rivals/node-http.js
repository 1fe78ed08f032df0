/** The least that Node can do. */
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { echo, routes } from '../routes.js'

const send = (response, value) => {
  const body = JSON.stringify(value)
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }).end(body)
}

/** Watt calls this in each worker, and listens itself. */
export const create = () => createServer(handle)

async function handle(request, response) {
  if (request.url === '/echo' && request.method === 'POST') return send(response, echo(await text(request)))
  const route = routes[request.url]
  if (route === undefined) return response.writeHead(404).end()
  try {
    send(response, route())
  } catch {
    response.writeHead(500).end('Failed')
  }
}

if (process.env.PORT !== undefined) create().listen(Number(process.env.PORT), '127.0.0.1')
