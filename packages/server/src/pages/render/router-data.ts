/** What the browser's router begins with. */
export interface RouterData {
  readonly loaderData: Readonly<Record<string, unknown>> | null
  /** Of a posted form. */
  readonly actionData?: Readonly<Record<string, unknown>> | null
  readonly errors: Readonly<Record<string, unknown>> | null
}

/** Errors as both sides show them: the same on the server and in the browser, or hydration would complain. */
export function revivedErrors(errors: RouterData['errors']): RouterData['errors'] {
  if (errors === null) return null
  return Object.fromEntries(Object.entries(errors).map(([id, error]) => [id, revived(error)]))
}

function revived(error: unknown): unknown {
  const isHidden = (error as { hidden?: boolean } | null)?.hidden === true
  return isHidden ? new Error('Something went wrong on the server') : error
}
