import Fastify from 'fastify'
import { echo, routes } from '../routes.js'

const app = Fastify()
for (const [path, route] of Object.entries(routes)) app.get(path, async () => route())
app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body))
app.removeContentTypeParser('application/json')
app.post('/echo', async (request) => echo(request.body ?? ''))
await app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' })
