import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FastifyInstance } from 'fastify'
import { Gauge, Histogram, type Registry } from 'prom-client'

const durationBuckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

/** Counts an answer that did not come from a route of the framework. */
export type ObserveRequest = (request: IncomingMessage, response: ServerResponse, route: string) => void

/** Durations and number of requests, by the OpenTelemetry names. The route, not the path, is the label: paths have no bound. */
export function addHttpMetrics(app: FastifyInstance, registry: Registry): ObserveRequest {
  const registers = [registry]
  const duration = new Histogram({
    name: 'http_server_request_duration_seconds',
    help: 'From the head of a request to the last byte of its answer',
    labelNames: ['http_request_method', 'http_route', 'http_response_status_code'],
    buckets: durationBuckets,
    registers,
  })
  const active = new Gauge({ name: 'http_server_active_requests', help: 'Requests that are being answered', registers })
  // With callbacks: a promise for each hook of each request would be the dearer part.
  app.addHook('onRequest', (_request, _reply, done) => {
    active.inc()
    done()
  })
  app.addHook('onResponse', (request, reply, done) => {
    active.dec()
    const labels = {
      http_request_method: request.method,
      http_route: request.routeOptions.url ?? 'none',
      http_response_status_code: reply.statusCode,
    }
    duration.observe(labels, reply.elapsedTime / 1_000)
    done()
  })
  return (request, response, route) => {
    const startedAtMs = performance.now()
    response.once('finish', () => {
      const labels = {
        http_request_method: request.method ?? 'GET',
        http_route: route,
        http_response_status_code: response.statusCode,
      }
      duration.observe(labels, (performance.now() - startedAtMs) / 1_000)
    })
  }
}
