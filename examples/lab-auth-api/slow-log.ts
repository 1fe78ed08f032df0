import { openSync, writeSync } from 'node:fs'
import { devNull } from 'node:os'
import type { FastifyReply, FastifyRequest } from 'fastify'

const log = openSync(devNull, 'a')

/** Planted fault: formats far more than it prints, and writes it synchronously, so that every request waits for it. */
export async function slowLog(request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const fields = { method: request.method, url: request.url, status: reply.statusCode, headers: request.headers }
  for (let round = 0; round < 60; round++) {
    const line = JSON.stringify({ ...fields, at: new Date().toISOString(), round })
    if (round % 20 === 0) writeSync(log, `${line.replaceAll(/"([^"]+)"/g, '\u001B[33m$1\u001B[0m')}\n`)
  }
}
