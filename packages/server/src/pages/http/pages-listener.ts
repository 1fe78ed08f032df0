import type { IncomingMessage, ServerResponse } from 'node:http'
import type { HeaderList } from '../render/messages.ts'
import type { SiteFront } from '../site-front.ts'
import { handleKept, handleNodeRequest } from './node-handler.ts'

const own: HeaderList = [['x-content-type-options', 'nosniff']]

/** A whole site as a listener of Node's servers. */
export function pagesListener(
  site: SiteFront,
  limits: { readonly maxBodyBytes: number; readonly earlyHints: boolean },
): (request: IncomingMessage, response: ServerResponse) => Promise<void> | undefined {
  const options = { ...limits, hintsOf: (url: string) => site.hintsOf(url), headers: own }
  const kept = { kept: site.keptAnswer.bind(site), own }
  const answer = site.answer.bind(site)
  return (request, response) =>
    handleKept(request, response, kept) ? undefined : handleNodeRequest(request, response, answer, options)
}
