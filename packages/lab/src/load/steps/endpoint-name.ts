import type { EndpointSettings } from '../../script/plugin-settings.ts'
import type { RequestStep } from '../../script/step.ts'
import { toText } from '../../util/to-text.ts'

/**
 * The name that a request's figures are kept by: the step's own, else method and URL as written. Templates stay in it, so that
 * `/users/{{ id }}` is one endpoint and not one for each user.
 */
export function endpointName(step: RequestStep, settings: EndpointSettings): string {
  const { name } = step.params
  const url = toText(step.params['uri'] ?? step.params['url'] ?? '')
  const address = settings.stripQueryString ? url.replace(/\?.*$/s, '') : url
  if (name === undefined) return `${step.method} ${address}`
  return settings.useOnlyRequestNames ? toText(name) : `${step.method} ${address} (${toText(name)})`
}
