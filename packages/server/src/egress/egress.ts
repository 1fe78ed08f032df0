import { fetch, type Agent, type Dispatcher, type Response } from 'undici'
import { ServerError } from '../errors/server-error.ts'
import { checkedAgent, refusal, type Lookup } from './checked-connector.ts'
import { allowsHost, type ResolvedEgressPolicy } from './egress-policy.ts'
import { EgressSession, type OutgoingBody } from './egress-session.ts'
import type { FetchCall } from './fetch-call.ts'

export interface EgressOptions {
  /** Names to addresses. Default the system's resolver. */
  readonly lookup?: Lookup
}

/** The only way out for blocks: requests of `fetch`, under a policy. Close it to end its connections. */
export class Egress {
  readonly #lookup: Lookup | undefined
  /** A connection that one policy may use is not there for another that may not. */
  readonly #agents = new Map<string, Agent>()
  readonly #ownPorts = new Set<number>()

  constructor(options: EgressOptions = {}) {
    this.#lookup = options.lookup
  }

  /** Ports of this service: no policy reaches them. */
  refusePorts(ports: readonly number[]): void {
    for (const port of ports) this.#ownPorts.add(port)
  }

  /** The requests of one run. Dispose of it when the run is over: what is still open is aborted. */
  open(policy: ResolvedEgressPolicy): EgressSession {
    return new EgressSession(policy, (request, body, signal) => this.#follow({ request, body }, policy, signal))
  }

  async close(): Promise<void> {
    await Promise.all([...this.#agents.values()].map((agent) => agent.destroy()))
  }

  async #follow(
    { request, body }: { readonly request: FetchCall; readonly body: OutgoingBody },
    policy: ResolvedEgressPolicy,
    signal: AbortSignal,
  ): Promise<Response> {
    let hops = 0
    const dispatcher = this.#agent(policy).compose((dispatch) => (options, handler) => {
      checkTarget(options, policy)
      hops += 1
      if (hops > policy.maxRedirects + 1)
        throw new ServerError(
          'EK_EGRESS_REDIRECTS',
          `the request was redirected more than ${policy.maxRedirects} times`,
        )
      return dispatch(options, handler)
    })
    const { url, method, redirect, headers } = request
    return fetch(url, {
      method,
      redirect,
      headers: headers.map(([name, value]) => [name, value] as [string, string]),
      body: body instanceof Uint8Array && body.byteLength === 0 ? null : body,
      duplex: 'half',
      signal,
      dispatcher,
    })
  }

  #agent({ addresses }: ResolvedEgressPolicy): Agent {
    const key = addresses.toSorted().join()
    const agent =
      this.#agents.get(key) ?? checkedAgent({ addresses, ownPorts: () => this.#ownPorts, lookup: this.#lookup })
    this.#agents.set(key, agent)
    return agent
  }
}

/** Each hop of a redirect comes by here. */
function checkTarget({ origin }: Dispatcher.DispatchOptions, { hosts }: ResolvedEgressPolicy): void {
  const { protocol, hostname } = new URL(String(origin))
  if (protocol !== 'http:' && protocol !== 'https:')
    throw new ServerError('EK_EGRESS_SCHEME', `requests go out by http and https, not by "${protocol}"`)
  if (!allowsHost(hosts, hostname)) throw refusal(hostname)
}
