import { findHook } from '../../script/processor.ts'
import { parseWsProxy } from '../../script/proxy-settings.ts'
import { fillTemplates } from '../../script/template.ts'
import { asList, asRecord, isRecord, type PlainRecord } from '../../util/records.ts'
import { toText } from '../../util/to-text.ts'
import { callHook } from '../call-hook.ts'
import type { User } from '../user.ts'
import { UserFailure } from '../user-failure.ts'
import { throughProxy } from './through-proxy.ts'
import { WebSocketSession, type WebSocketTarget } from './web-socket-session.ts'

/** Connects a user as the first step or the configuration says. */
export async function openWebSocket(user: User): Promise<void> {
  const { clock, recorder, script } = user.environment
  const target = await targetOf(user)
  const intendedMs = user.takeIntendedMs()
  try {
    user.webSocket = await WebSocketSession.open(await throughProxy(target, script.ws.timeoutMs, clock), {
      clock,
      timeoutMs: script.ws.timeoutMs,
      onMessage: () => recorder.counter('websocket.messages_received', 1),
    })
    recorder.connections++
    recorder.histogram('websocket.connect_time', clock.nowMs() - intendedMs)
  } catch (error) {
    throw UserFailure.from(error)
  }
}

async function targetOf(user: User): Promise<WebSocketTarget> {
  const { script, clock } = user.environment
  const first = user.scenario.flow[0]
  const connect = first?.kind === 'connect' ? first.connect : undefined
  const base = baseTarget(user, {})
  if (connect === undefined) return base
  if (!isRecord(connect)) return { ...base, url: toText(fillTemplates(connect, user.scope)) }
  const hook = typeof connect['function'] === 'string' ? findHook(script.processor, connect['function']) : undefined
  if (hook === undefined) return baseTarget(user, asRecord(fillTemplates(connect, user.scope)))
  const args: PlainRecord = { target: base.url, subprotocols: [...base.subprotocols], options: { ...base.options } }
  const name = toText(connect['function'])
  await callHook(hook, [args, user.context], {
    name,
    clock,
    timeoutMs: script.hookTimeoutMs,
    onStop: (callback) => user.onStop(callback),
  })
  return {
    ...base,
    url: toText(args['target']),
    subprotocols: asList(args['subprotocols']).map(toText),
    options: asRecord(args['options']),
  }
}

function baseTarget(user: User, connect: PlainRecord): WebSocketTarget {
  const { script } = user.environment
  const headers = { ...asRecord(fillTemplates(connect['headers'] ?? script.ws.headers, user.scope)) }
  const named =
    connect['subprotocols'] === undefined ? script.ws.subprotocols : asList(connect['subprotocols']).map(toText)
  const { tls } = script
  const url = toText(connect['target'] ?? script.target)
  const proxy = connect['proxy'] === undefined ? script.ws.proxy : parseWsProxy(connect)
  return {
    url,
    proxy,
    subprotocols: [...new Set([...named, ...subprotocolHeader(headers)])],
    options: {
      headers: Object.fromEntries(Object.entries(headers).map(([key, value]) => [key, toText(value)])),
      rejectUnauthorized:
        connect['rejectUnauthorized'] === undefined
          ? (script.ws.rejectUnauthorized ?? tls.rejectUnauthorized)
          : connect['rejectUnauthorized'] !== false,
      ...(tls.ca === undefined ? {} : { ca: [...tls.ca] }),
      ...(tls.cert === undefined ? {} : { cert: tls.cert }),
      ...(tls.key === undefined ? {} : { key: tls.key }),
    },
  }
}

/** Takes the subprotocols out of the headers: the client sends that header itself. */
function subprotocolHeader(headers: PlainRecord): readonly string[] {
  const name = Object.keys(headers).find((each) => each.toLowerCase() === 'sec-websocket-protocol')
  if (name === undefined) return []
  const value = toText(headers[name])
  delete headers[name]
  return value.split(',').map((each) => each.trim())
}
