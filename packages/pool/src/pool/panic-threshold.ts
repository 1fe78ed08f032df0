/** Above this share of silent hosts the cause is common, such as a machine that was stopped or starved (Envoy's panic threshold). */
const commonShare = 0.5

/** Of few hosts two may be ill at one time. */
const commonCount = 3

/** How much longer hosts may be silent then. */
const commonPatience = 4

/**
 * How many times its ordinary patience a fleet has with silent hosts. Replacing many at once would add their boots to whatever makes them
 * silent; one that is silent among others that answer is ill by itself.
 */
export function silencePatience(silent: number, hosts: number): number {
  return silent >= commonCount && silent > hosts * commonShare ? commonPatience : 1
}
