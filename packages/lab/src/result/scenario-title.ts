/** A scenario's name for people. One without a name is stored by its place in the script, which is what Artillery's counters call it. */
export function scenarioTitle(name: string): string {
  return /^\d+$/.test(name) ? `scenario ${Number(name) + 1}` : name
}
