/** Fastify that answers with one string, in one process: node fastify-string.js <file> */
import { readFileSync } from 'node:fs'
import Fastify from 'fastify'

const html = readFileSync(process.argv[2], 'utf8')
const app = Fastify()
app.get('/cached', (_request, reply) => reply.type('text/html; charset=utf-8').send(html))
console.log(await app.listen({ port: 0, host: '127.0.0.1' }))
